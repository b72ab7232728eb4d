import { IDENTIFIER } from '../database/identifier.js';
import { type Content, type Examples, type Schema } from './openapi-object.js';

/** A schema of the document's components. */
export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** An object whose members are all there, but for those that are named as optional. */
export function object(
  properties: Readonly<Record<string, Schema>>,
  { optional = [], ...rest }: { readonly optional?: readonly string[] } & Schema = {},
): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', ...rest, properties, ...(required.length > 0 ? { required } : {}) };
}

/** An object of which every member may be left out, and which has no others. */
export function partial(properties: Readonly<Record<string, Schema>>, rest: Schema = {}): Schema {
  return { type: 'object', ...rest, properties, additionalProperties: false };
}

/** @param description of what its name does not say; none when absent */
export function text(description?: string, rest: Schema = {}): Schema {
  return { type: 'string', ...told(description), ...rest };
}

export function nullable(schema: Schema): Schema {
  return { ...schema, type: [schema.type, 'null'] };
}

export function list(items: Schema, description: string, rest: Schema = {}): Schema {
  return { type: 'array', description, items, ...rest };
}

export function oneOfValues(values: readonly string[], description?: string, rest: Schema = {}): Schema {
  return { type: 'string', ...told(description), enum: values, ...rest };
}

/** A time as answers have it: RFC 3339 in UTC, with milliseconds. */
export function time(description: string): Schema {
  return { type: 'string', format: 'date-time', description };
}

/** @see RFC 9562 */
export function uuid(description?: string): Schema {
  return { type: 'string', format: 'uuid', ...told(description) };
}

/** What the service accepts as an id: printable ASCII without spaces. */
export function identifier(description?: string): Schema {
  return { type: 'string', ...told(description), pattern: IDENTIFIER.source };
}

export function named(values: Readonly<Record<string, unknown>>): Examples {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}

export function json(schema: Schema, examples: Readonly<Record<string, unknown>>): Content {
  return { 'application/json': { schema, examples: named(examples) } };
}

function told(description: string | undefined): Schema {
  return description === undefined ? {} : { description };
}
