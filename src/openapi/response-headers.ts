import { named } from './schema.js';
import {
  type Headers,
  type Parameter,
  type Paths,
  type ResponseObject,
  type Schema,
} from './openapi-object.js';

export const NO_STORE: Headers = {
  'Cache-Control': { description: 'Not to be stored.', required: true, schema: { const: 'no-store' } },
};

export const RETRY_AFTER: Headers = {
  'Retry-After': {
    description: 'Whole seconds until the same request may succeed.',
    required: true,
    schema: { type: 'integer', minimum: 1 },
  },
};

/** An entity tag. @see RFC 9110 §8.8.3 */
export const ETAG_SCHEMA: Schema = { type: 'string', pattern: '^"[!#-~]+"$' };

/** The ETag of the examples of answers that anybody may keep. */
export const CACHED_ETAG = '"Vn3p0dK7sYq1xLb5TgRw2A"';

/** @param maxAge in seconds */
export function cacheable(maxAge: number): Headers {
  return {
    'Cache-Control': {
      description: 'How long anybody may keep it, in seconds.',
      required: true,
      schema: { type: 'string', examples: [`public, max-age=${maxAge}`] },
    },
    ETag: { description: 'The entity tag of the answer.', required: true, schema: ETAG_SCHEMA },
  };
}

/** For answers that anybody may keep. */
export const ifNoneMatch: Parameter = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'The ETag of what the caller has.',
  schema: ETAG_SCHEMA,
  examples: named({ notModified: CACHED_ETAG }),
};

/** The answer to whoever has it already. @param maxAge in seconds */
export function notModified(maxAge: number): ResponseObject {
  const headers = cacheable(maxAge);
  const etag = { ...headers.ETag!, examples: named({ notModified: CACHED_ETAG }) };
  return { description: 'The caller has it already. There is no body.', headers: { ...headers, ETag: etag } };
}

/** The header's value in each example. */
export function exact(description: string, values: Readonly<Record<string, string>>): Headers[string] {
  const schema = { type: 'string', enum: [...new Set(Object.values(values))] };
  return { description, required: true, schema, examples: named(values) };
}

const REQUEST_ID: Headers = {
  'X-Request-Id': {
    description: 'What the request is called in the log: its own `X-Request-Id`, or a new UUID.',
    required: true,
    schema: { type: 'string', pattern: '^[\\w.:+/=@-]{1,128}$' },
  },
};

/** Every answer says what its request is called. */
export function withRequestId(paths: Paths): Paths {
  return mapped(paths, (operations) =>
    mapped(operations, (operation) => ({
      ...operation,
      responses: mapped(operation.responses, (response) => ({
        ...response,
        headers: { ...response.headers, ...REQUEST_ID },
      })),
    })),
  );
}

function mapped<Value>(
  values: Readonly<Record<string, Value>>,
  change: (value: Value) => Value,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
