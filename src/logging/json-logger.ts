import { type LoggerService } from '@nestjs/common';
import { pino, stdTimeFunctions, type DestinationStream, type Level, type Logger } from 'pino';
import { type LoggingConfig } from '../config/logging.config.js';
import { describeError, framesOf, isError } from './described-error.js';
import { currentRequestId } from './request-id.js';

/** Nest's own contexts, whose lines at start are of interest only to who looks for a fault there. */
const chatter = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/**
 * Nest's logger over pino: one JSON object per line.
 *
 * A line has `level`, `time` (RFC 3339), `pid`, `request_id` while a request is handled, `context` and `msg`; the
 * members of an object that is logged stand beside them, an error stands under `err`. A line is written when the call returns, so none is lost at exit.
 */
export class JsonLogger implements LoggerService {
  private readonly pino: Logger;

  constructor(
    level: LoggingConfig['level'],
    destination: DestinationStream = pino.destination({ dest: 1, sync: true }),
  ) {
    this.pino = pino(
      {
        level,
        base: { pid: process.pid },
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        // In place of pino's own, which prints every property of an error and of all its causes.
        serializers: { err: (described: unknown) => described },
      },
      destination,
    );
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write(chatter.has(rest.at(-1) as string) ? 'debug' : 'info', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const line: Line = {};
    const id = currentRequestId();
    if (id !== undefined) line.request_id = id;
    for (const part of rest) addMembers(line, part);
    if (typeof message === 'object' && message !== null) addMembers(line, message);
    else line.msg = String(message);
    this.pino[level](line);
  }
}

type Line = Record<string, unknown>;

/** Adds what stands beside a message: an error, its stack, the members of an object, or the name of who is speaking. */
function addMembers(line: Line, part: unknown): void {
  if (typeof part === 'string') {
    if (/\n\s+at /.test(part)) line.stack = framesOf(part);
    else line.context = part;
  } else if (isError(part)) line.err = describeError(part);
  else if (typeof part === 'object' && part !== null) {
    // One of these lines is written with each request: nothing is made on the way.
    for (const name of Object.keys(part)) {
      const value = (part as Line)[name];
      line[name] = isError(value) ? describeError(value) : value;
    }
  }
}
