import { plainToInstance } from 'class-transformer';
import { validationProblems } from '../database/validation-problems.js';
import { newUser, type User } from '../users/user.entity.js';
import { UserChange, changeUser } from './user-change.js';

const aChange = (fields: object) => plainToInstance(UserChange, fields);
const aUser = (overrides: Partial<User> = {}): User => ({ ...newUser(), ...overrides });

describe('changeUser', () => {
  it('names the attributes that have another value now, and leaves the others as they are', () => {
    const user = aUser({ name: 'A', nickname: 'B', custom: { tier: 'gold', note: 'x' } });
    const expected = { ...user, name: 'C', gender: 'male', custom: { note: 'y', town: 'z' } };
    expect(
      changeUser(
        user,
        aChange({
          name: 'C',
          nickname: 'B',
          gender: 'male',
          locale: null,
          custom: { tier: null, note: 'y', town: 'z', other: null },
        }),
      ),
    ).toEqual(['name', 'gender', 'custom.tier', 'custom.note', 'custom.town']);
    expect(user).toEqual(expected);
  });

  it('null clears, what is absent stays', () => {
    const user = aUser({ name: 'A', phoneNumber: '+8613800138000', picture: 'p' });
    expect(changeUser(user, aChange({ name: null, phone_number: null }))).toEqual(['name', 'phone_number']);
    expect(user).toMatchObject({ name: null, phoneNumber: null, picture: 'p' });
  });

  it('a status is no attribute', () => {
    const user = aUser();
    expect(changeUser(user, aChange({ status: 'FREEZE' }))).toEqual([]);
    expect(user.status).toBe('FREEZE');
    expect(changeUser(user, aChange({}))).toEqual([]);
    expect(user.status).toBe('FREEZE');
  });

  it('does not write into the object that the custom attributes were read as', () => {
    const custom = Object.freeze({ tier: 'gold' });
    const user = aUser({ custom });
    changeUser(user, aChange({ custom: { tier: null, note: 'a' } }));
    expect([custom, user.custom]).toEqual([{ tier: 'gold' }, { note: 'a' }]);
  });

  it('takes no method of an object for a custom attribute', () => {
    const user = aUser();
    expect(changeUser(user, aChange({ custom: { toString: null } }))).toEqual([]);
    expect(changeUser(user, aChange({ custom: { toString: 'a' } }))).toEqual(['custom.toString']);
    expect(user.custom).toEqual({ toString: 'a' });
  });
});

describe('UserChange', () => {
  it.each([
    {},
    { status: 'NORMAL' },
    { name: null, nickname: null, picture: null, phone_number: null },
    { nickname: '微信用户', locale: 'x'.repeat(35), phone_number: '+123456' },
    { nickname: '😀'.repeat(255) },
    { custom: {} },
    { custom: { a: null, A1_: 'x'.repeat(1024), b: '😀'.repeat(1024) } },
  ])('may be %j', (fields) => {
    expect(validationProblems(aChange(fields))).toEqual([]);
  });

  it.each([
    ['status', undefined, []],
    ['status', null, ['status']],
    ['status', 'GONE', ['status']],
    ['name', '', ['name']],
    ['name', 7, ['name']],
    ['name', 'a\u007f', ['name']],
    ['nickname', `${'x'.repeat(255)}\ufe0f`, ['nickname']],
    ['phone_number', '+86 1', ['phone_number']],
    ['custom', null, ['custom']],
    ['custom', ['a'], ['custom']],
    ['custom', { a: '' }, ['custom']],
    ['custom', { a: '😀'.repeat(1025) }, ['custom']],
    ['custom', { 'a.b': 'c' }, ['custom']],
    ['custom', JSON.parse('{"__proto__":"a"}'), ['custom']],
  ])('names %s when it is %j', (field, value, named) => {
    const problems = validationProblems(aChange({ [field]: value }));
    expect(problems.map(({ property }) => property)).toEqual(named);
  });
});
