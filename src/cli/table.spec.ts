import { fields, table } from './table.js';

describe('a table', () => {
  it('has a line for each row, and columns that are as wide as what is in them', () => {
    const rows = [
      { id: 1, name: '微信', list: ['a', 'b'], hidden: 'x' },
      { id: 20, name: null, list: [], hidden: 'x' },
    ];
    expect(table(rows, ['id', 'name', 'list'])).toBe(
      ['id  name  list', '1   微信  a, b', '20  -     -'].join('\n'),
    );
  });

  it('is nothing without rows', () => {
    expect(table([], [])).toBe('');
  });

  it('writes what a terminal would obey as escapes', () => {
    const name = 'a\nb\u001b[31m\u202ec\u0085';
    expect(table([{ name }], ['name'])).toBe('name\na\\u000ab\\u001b[31m\\u202ec\\u0085');
  });
});

describe('the fields of something', () => {
  it('are a line each, and one for each of what is in them', () => {
    const answer = {
      text: 'a b',
      nothing: null,
      empty: '',
      no: false,
      list: ['a', 'b'],
      none: [],
      rows: [
        { from: 'a', to: 'b' },
        { from: 'c', to: null },
      ],
      custom: { team: 'red\r' },
      bare: {},
    };
    expect(fields(answer).split('\n')).toEqual([
      'text: a b',
      'nothing: -',
      'empty: -',
      'no: false',
      'list: a, b',
      'none: -',
      'rows: a b',
      'rows: c -',
      'custom.team: red\\u000d',
      'bare: -',
    ]);
  });
});
