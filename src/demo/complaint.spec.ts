import { complaint } from './complaint.js';

describe('a complaint', () => {
  it.each([
    ['{"level":"warn","msg":"trying again"}', 'trying again'],
    ['{"level":"error","err":{"message":"no key"}}', 'no key'],
    ['{"level":"fatal"}', '{"level":"fatal"}'],
    ['{"level":"info","msg":"Listening"}', undefined],
    ['{"level', undefined],
    ['WeChat simulator: http://127.0.0.1:9100', undefined],
  ])('of the line %s', (line, said) => {
    expect(complaint(line)).toBe(said);
  });
});
