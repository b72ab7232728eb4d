import { ChangedMeanwhile } from './administration.errors.js';
import { assertMatches, entityTag } from './entity-tag.js';

const TAG = entityTag({ name: 'a' });

describe('entityTag', () => {
  it('is a strong validator: 27 characters in quotes, without a prefix', () => {
    expect(TAG).toMatch(/^"[\w-]{27}"$/);
  });

  it('is the same for the same', () => {
    expect(entityTag({ name: 'a' })).toBe(TAG);
    expect(entityTag({ name: 'a' }, null)).toBe(TAG);
  });

  it('is another one for another value, another order of a list and another secret', () => {
    const tags = [
      TAG,
      entityTag({ name: 'b' }),
      entityTag({ name: null }),
      entityTag({ name: ['a', 'b'] }),
      entityTag({ name: ['b', 'a'] }),
      entityTag({ name: 'a' }, 'secret'),
      entityTag({ name: 'a' }, 'another secret'),
      entityTag({ name: 'a' }, ''),
    ];
    expect(new Set(tags).size).toBe(tags.length);
  });

  it('does not tell the secret', () => {
    expect(entityTag({}, 'secret')).not.toContain('secret');
  });
});

describe('assertMatches', () => {
  it.each([undefined, '*', ' * ', TAG, ` ${TAG} `, `"other", ${TAG}`, `W/"other",${TAG},"third"`])(
    'lets %j pass',
    (ifMatch) => expect(() => assertMatches(ifMatch, TAG)).not.toThrow(),
  );

  it.each(['', '"other"', `W/${TAG}`, TAG.slice(1, -1), TAG.toUpperCase(), '"*"', '*, *', '"a","b"'])(
    'does not let %j pass',
    (ifMatch) => expect(() => assertMatches(ifMatch, TAG)).toThrow(new ChangedMeanwhile()),
  );
});
