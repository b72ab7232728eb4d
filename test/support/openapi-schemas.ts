import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type OpenApiObject, type Schema } from '../../src/openapi/openapi-object.js';

/** Says what is wrong with a value by a schema of the document; nothing when all is well. */
export type SchemaCheck = (schema: Schema, value: unknown) => string[];

export function schemaCheck(document: OpenApiObject): SchemaCheck {
  const { components } = document;
  // A string of a header that a number is expected in is that number.
  const ajv = new Ajv2020({ strict: false, allErrors: true, coerceTypes: true });
  addFormats.default(ajv);
  return (schema, value) => {
    const validate = ajv.compile({ ...schema, components });
    if (validate(structuredClone(value))) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}
