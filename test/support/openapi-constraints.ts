import { getMetadataStorage } from 'class-validator';
import { CORS_ORIGIN, LONGEST_CORS_ORIGIN } from '../../src/applications/cors-origin.js';
import { userAttribute } from '../../src/openapi/admin/user-attribute.js';
import { type Schema } from '../../src/openapi/openapi-object.js';

/** What JSON Schema says for a decorator of class-validator; decorators that it has no word for are left out. */
const WORDS: Readonly<Record<string, (constraint: unknown) => Schema>> = {
  isString: () => ({ type: 'string' }),
  isBoolean: () => ({ type: 'boolean' }),
  isInt: () => ({ type: 'integer' }),
  isArray: () => ({ type: 'array' }),
  isObject: () => ({ type: 'object' }),
  isNotEmpty: () => ({ minLength: 1 }),
  maxLength: (most) => ({ maxLength: most }),
  matches: (pattern) => ({ type: 'string', pattern: (pattern as RegExp).source }),
  isIn: (values) => ({ type: 'string', enum: values }),
  isMoment: () => ({ type: 'string', format: 'date-time' }),
  min: (least) => ({ minimum: least }),
  max: (most) => ({ maximum: most }),
  arrayMaxSize: (most) => ({ maxItems: most }),
  arrayUnique: () => ({ uniqueItems: true }),
  isCorsOrigin: () => ({ type: 'string', pattern: CORS_ORIGIN.source, maxLength: LONGEST_CORS_ORIGIN }),
  isUserAttribute: () => ({ type: 'string', pattern: userAttribute().pattern }),
};

const KEYWORDS = Object.values(WORDS).flatMap((word) => Object.keys(word(/x/)));

/** What a class accepts, by its decorators: a schema for each property, and which of them must be there. */
export function acceptedBy(type: new () => object): {
  properties: Record<string, Schema>;
  required: string[];
} {
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  const properties: Record<string, Record<string, unknown>> = {};
  const optional = new Set<string>();
  for (const { propertyName, type: kind, name, constraints, each } of rules) {
    const property = (properties[propertyName] ??= {});
    if (kind === 'conditionalValidation') optional.add(propertyName);
    const said = WORDS[name ?? '']?.((constraints as unknown[] | undefined)?.[0]) ?? {};
    if (!each) Object.assign(property, said);
    else property.items = { ...(property.items as object | undefined), ...said };
  }
  return { properties, required: Object.keys(properties).filter((name) => !optional.has(name)) };
}

/** The same of a documented schema: without descriptions, defaults, and that something may be null. */
export function asAccepted(schema: Schema): Record<string, Schema> {
  const properties = schema.properties as Record<string, Schema>;
  return Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, plain(property)]));
}

function plain(schema: Schema): Schema {
  const words = Object.entries(schema).filter(([word]) => KEYWORDS.includes(word));
  const { type, ...rest } = Object.fromEntries(words);
  const items = schema.items as Schema | undefined;
  return {
    ...rest,
    ...(type === undefined ? {} : { type: ([type] as unknown[]).flat()[0] }),
    // An item that is described elsewhere is an object.
    ...(items && { items: items.$ref === undefined ? plain(items) : { type: 'object' } }),
  };
}
