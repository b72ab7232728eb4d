import { Logger } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { JsonLogger } from './json-logger.js';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** What `speak` makes a logger of that level write, parsed, without the members that every line has. */
function linesAt(level: 'info' | 'trace' | 'silent', speak: (logger: JsonLogger) => void): unknown[] {
  const lines: string[] = [];
  speak(new JsonLogger(level, { write: (line) => void lines.push(line) }));
  return lines.map((line) => {
    expect(line.endsWith('\n')).toBe(true);
    const { time, pid, ...rest } = JSON.parse(line) as Record<string, unknown>;
    expect([pid, time]).toEqual([process.pid, expect.stringMatching(TIME)]);
    return rest;
  });
}

describe('JsonLogger', () => {
  it('writes each level of Nest under the name that pino has for it', () => {
    const lines = linesAt('trace', (logger) => {
      logger.verbose('a');
      logger.debug('b');
      logger.log('c');
      logger.warn('d');
      logger.error('e');
      logger.fatal('f');
    });
    expect(lines).toEqual([
      { level: 'trace', msg: 'a' },
      { level: 'debug', msg: 'b' },
      { level: 'info', msg: 'c' },
      { level: 'warn', msg: 'd' },
      { level: 'error', msg: 'e' },
      { level: 'fatal', msg: 'f' },
    ]);
  });

  it('writes one line, whatever is in it', () => {
    const lines: string[] = [];
    const logger = new JsonLogger('info', { write: (line) => void lines.push(line) });
    const text = 'a\n{"level":"fatal"}\r\u001b[31m\u0000';
    logger.log(text, text);
    logger.log({ path: text });
    expect(lines.join('').match(/\n/g)).toHaveLength(2);
    expect(lines.join('').replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f]/);
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { level: 'info', context: text, msg: text },
      { level: 'info', path: text },
    ]);
  });

  it('is quiet below its level', () => {
    expect(linesAt('info', (logger) => logger.debug('quiet'))).toEqual([]);
    expect(linesAt('silent', (logger) => logger.fatal('quiet'))).toEqual([]);
  });

  it('keeps what Nest says of its own start for the debug level', () => {
    const start = (logger: JsonLogger) =>
      logger.log('OAuthModule dependencies initialized', 'InstanceLoader');
    expect(linesAt('info', start)).toEqual([]);
    expect(linesAt('trace', start)).toEqual([
      { level: 'debug', context: 'InstanceLoader', msg: 'OAuthModule dependencies initialized' },
    ]);
  });

  it('puts the members of an object beside the context', () => {
    expect(linesAt('info', (logger) => logger.log({ status: 200 }, 'Request'))).toEqual([
      { level: 'info', context: 'Request', status: 200 },
    ]);
  });

  it('understands what a Nest logger with a context sends', () => {
    const lines = linesAt('info', (json) => {
      Logger.overrideLogger(json);
      const logger = new Logger('Tokens');
      logger.error('no stack');
      logger.error('with stack', 'Error: secret\n    at sign (tokens.ts:1:2)\n    at next (tokens.ts:3:4)');
      logger.warn('with error', Object.assign(new Error('no key'), { stack: undefined }));
      Logger.overrideLogger(false);
    });
    expect(lines).toEqual([
      { level: 'error', context: 'Tokens', msg: 'no stack' },
      {
        level: 'error',
        context: 'Tokens',
        msg: 'with stack',
        stack: 'at sign (tokens.ts:1:2)\nat next (tokens.ts:3:4)',
      },
      { level: 'warn', context: 'Tokens', msg: 'with error', err: { name: 'Error', message: 'no key' } },
    ]);
  });

  it('writes name and message of a cause, and nothing else that hangs on an error', () => {
    const root = Object.assign(new TypeError('reset'), { body: 'session_key', cause: new Error('deeper') });
    const error = Object.assign(new Error('WeChat unavailable', { cause: root }), {
      code: 'ECONNRESET',
      request: 'js_code',
    });
    const [line] = linesAt('info', (logger) => logger.error(error)) as [{ err: { stack: string } }];
    expect(line).toEqual({
      level: 'error',
      msg: 'WeChat unavailable',
      err: {
        name: 'Error',
        message: 'WeChat unavailable',
        code: 'ECONNRESET',
        stack: line.err.stack,
        cause: { name: 'TypeError', message: 'reset' },
      },
    });
    expect(line.err.stack).toMatch(/^at .*json-logger\.spec\.ts/);
    expect(line.err.stack).not.toContain('WeChat unavailable');
  });

  it('writes the code of a failed statement in place of the values that the database quotes', () => {
    const driverError = Object.assign(new Error("Incorrect string value: '13800138000'"), {
      code: 'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD',
      sql: "INSERT INTO users VALUES ('13800138000')",
    });
    const failed = new QueryFailedError('INSERT INTO users VALUES (?)', ['13800138000'], driverError);
    const lines = linesAt('info', (logger) => {
      logger.error(failed);
      logger.error(new Error('not saved', { cause: driverError }));
      logger.error({ event: 'lost', err: failed });
    });
    expect(JSON.stringify(lines)).not.toContain('13800138000');
    expect(lines).toMatchObject([
      { err: { message: 'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD in INSERT INTO users VALUES (?)' } },
      { err: { cause: { name: 'Error', message: 'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD' } } },
      {
        event: 'lost',
        err: { message: 'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD in INSERT INTO users VALUES (?)' },
      },
    ]);
  });

  it('names each of several failed attempts', () => {
    const error = new AggregateError([new Error('refused ::1'), new Error('refused 127.0.0.1')]);
    expect(linesAt('info', (logger) => logger.error(error))).toMatchObject([
      { err: { name: 'AggregateError', message: 'refused ::1; refused 127.0.0.1' } },
    ]);
  });
});
