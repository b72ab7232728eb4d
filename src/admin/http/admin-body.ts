import { createParamDecorator, type ExecutionContext, type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { type Request } from 'express';
import readBytes from 'raw-body';
import { SettingsRefused } from '../../database/settings.js';
import { validationProblems } from '../../database/validation-problems.js';
import { assertIdentifier } from '../identifier.js';
import { UnreadableBody } from './unreadable-body.js';

const LONGEST_BODY = 64 * 1024;
/** Fields of ours are not that deep; a body of nothing but brackets would be too deep for whatever looks at it. */
const DEEPEST_BODY = 16;
const MEDIA_TYPES: Readonly<Record<string, readonly string[]>> = {
  POST: ['application/json'],
  PATCH: ['application/json', 'application/merge-patch+json'],
};

interface BodyOptions {
  readonly type: Type<object>;
  /** Whether `null` says something: otherwise it is refused, for a setting cannot be taken away. */
  readonly nulls: 'cleared' | 'refused';
  /** The field that the path has, too: the body may leave it out, and cannot change it. */
  readonly inPath?: string;
}

/**
 * The JSON body of a request as an instance of a class, which has checked it; unknown fields are refused.
 *
 * @throws UnreadableBody
 * @throws UnknownResource when the path names what cannot be
 * @throws SettingsRefused naming each wrong field
 */
export const AdminBody = createParamDecorator(
  async ({ type, nulls, inPath }: BodyOptions, context: ExecutionContext) => {
    const request = context.switchToHttp().getRequest<Request>();
    const fixed = inPath === undefined ? {} : { [inPath]: String(request.params[inPath]) };
    Object.values(fixed).forEach(assertIdentifier);
    const body = await readJson(request);
    const instance = instanceOf(type, { ...body, ...fixed });
    const problems = validationProblems(instance);
    for (const [property, value] of Object.entries(body)) {
      if (problems.some((problem) => problem.property === property)) continue;
      // The transformer leaves out what every object has a method for, such as `toString`.
      if (!Object.hasOwn(instance, property)) problems.push({ property, message: 'unknown field' });
      else if (value === null && nulls === 'refused')
        problems.push({ property, message: 'must not be null' });
      else if (property === inPath && fixed[property] !== value)
        problems.push({ property, message: 'cannot be changed' });
    }
    if (problems.length > 0) throw new SettingsRefused(problems);
    return instance;
  },
);

function instanceOf(type: Type<object>, body: object): object {
  try {
    return plainToInstance(type, body);
  } catch (error) {
    // The transformer takes a member `constructor` for the class of whatever has it.
    if (error instanceof TypeError) throw new UnreadableBody('malformed');
    throw error;
  }
}

async function readJson(request: Request): Promise<object> {
  assertReadable(request);
  const bytes = await readBytes(request, {
    limit: LONGEST_BODY,
    length: request.headers['content-length'],
  }).catch((error: unknown) => {
    throw new UnreadableBody(
      (error as { type?: string }).type === 'entity.too.large' ? 'too large' : 'malformed',
    );
  });
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new UnreadableBody('malformed');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new UnreadableBody('malformed');
  if (!isReasonable(body, DEEPEST_BODY)) throw new UnreadableBody('malformed');
  return body;
}

/** Whether it is not too deep, and its texts are such as can be stored: a surrogate alone is no character. */
function isReasonable(value: unknown, levels: number): boolean {
  if (typeof value === 'string') return !/\p{Cs}/u.test(value);
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((member) => isReasonable(member, levels - 1));
}

function assertReadable({ method, headers }: Request): void {
  const [type = '', ...attributes] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const isUtf8 = attributes.every((attribute) => /^ *(charset="?utf-?8"?)? *$/.test(attribute));
  const isPlain = (headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity';
  if (!MEDIA_TYPES[method]?.includes(type.trim()) || !isUtf8 || !isPlain)
    throw new UnreadableBody('wrong type');
}
