import {
  type Content,
  type Examples,
  type Headers,
  type Operation,
  type Parameter,
  type ResponseObject,
  type Schema,
} from '../openapi-object.js';
import { ETAG_SCHEMA, NO_STORE } from '../response-headers.js';
import { json, list, named, nullable, object, ref, text } from '../schema.js';

/** What every operation of the admin API has. */
export function adminOperation(operation: Omit<Operation, 'security'>): Operation {
  return { ...operation, security: [{ adminToken: [] }] };
}

/** The ETag of the one thing that an answer is about. */
const ETAG: Headers = {
  ETag: { description: 'Its entity tag, for `If-Match`.', required: true, schema: ETAG_SCHEMA },
};

/** An answer about one thing. */
export function one(
  schema: string,
  description: string,
  examples: Readonly<Record<string, unknown>>,
): ResponseObject {
  return { description, headers: { ...NO_STORE, ...ETAG }, content: json(ref(schema), examples) };
}

/**
 * @param collection its path below `/admin/v1`
 * @param idOf what it is named by there
 */
export function created<T>(
  schema: string,
  collection: string,
  idOf: (example: T) => string,
  examples: Readonly<Record<string, T>>,
): ResponseObject {
  const locations = Object.entries(examples).map(
    ([name, example]) => [name, `/admin/v1/${collection}/${idOf(example)}`] as const,
  );
  const Location = {
    description: 'Its path; the id is percent-encoded.',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
    examples: named(Object.fromEntries(locations)),
  };
  const answer = one(schema, 'It has been created.', examples);
  return { ...answer, headers: { ...answer.headers, Location } };
}

/** An answer without ETag. */
export function plain(
  schema: string,
  description: string,
  examples: Readonly<Record<string, unknown>>,
): ResponseObject {
  return { description, headers: NO_STORE, content: json(ref(schema), examples) };
}

export function gone(description: string): ResponseObject {
  return { description: `${description} There is no body.`, headers: NO_STORE };
}

export function jsonBody(
  schema: string,
  examples: Readonly<Record<string, unknown>>,
): NonNullable<Operation['requestBody']> {
  return { required: true, content: json(ref(schema), examples) };
}

/** A body that changes what it names. @see RFC 7396 */
export function patchBody(
  schema: string,
  examples: Readonly<Record<string, unknown>>,
): NonNullable<Operation['requestBody']> {
  const media = { schema: ref(schema), examples: named(examples) };
  const content: Content = { 'application/json': media, 'application/merge-patch+json': media };
  return { required: true, content };
}

/** A part of a list. */
export function page(items: string, order: string): Schema {
  return object({
    items: list(ref(items), order, { maxItems: 200 }),
    next_cursor: nullable(text('Gets the next part; null on the last one.')),
  });
}

/** The cursor of the examples. */
export const CURSOR = 'V0VDSEFUX01JTklfUFJPR1JBTV9DTElFTlRfSUQ';

/** @param examples values by the name of the answer's example */
export function query(
  name: string,
  description: string,
  schema: Schema,
  examples?: Readonly<Record<string, unknown>>,
): Parameter {
  return {
    name,
    in: 'query',
    required: false,
    description,
    schema,
    ...(examples && { examples: named(examples) }),
  };
}

/** @param limits how many items the answers of the examples have at most */
export function pageParameters(
  limits: Readonly<Record<string, number>> = {},
  cursors: Readonly<Record<string, string>> = {},
): Parameter[] {
  const some = (values: Readonly<Record<string, unknown>>) =>
    Object.keys(values).length > 0 ? values : undefined;
  const limit = { type: 'integer', minimum: 1, maximum: 200, default: 50 };
  return [
    query('limit', 'How many items at most.', limit, some(limits)),
    query(
      'cursor',
      'The `next_cursor` of the part before.',
      text(undefined, { maxLength: 512 }),
      some(cursors),
    ),
  ];
}

/** @param examples the first is what every example is about that is not named */
export function path(name: string, description: string, schema: Schema, examples: Examples): Parameter {
  return { name, in: 'path', required: true, description, schema, examples };
}

export const ifMatch: Parameter = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description: 'Proceed only if this is the ETag that it has now; `*` is any.',
  schema: { type: 'string' },
  examples: named({ changedMeanwhile: '"an-older-state"' }),
};
