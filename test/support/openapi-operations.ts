import {
  type Examples,
  type OpenApiObject,
  type Operation,
  type ResponseObject,
} from '../../src/openapi/openapi-object.js';

export interface DocumentedOperation {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

/** An answer that is documented: by the name of its example, or by its status where it has none. */
export interface DocumentedAnswer extends DocumentedOperation {
  readonly example: string;
  readonly status: number;
  readonly response: ResponseObject;
}

export function operationsOf({ paths }: OpenApiObject): DocumentedOperation[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      path,
      method: method.toUpperCase(),
      operation,
    })),
  );
}

export function answersOf(document: OpenApiObject): DocumentedAnswer[] {
  return operationsOf(document).flatMap((documented) =>
    Object.entries(documented.operation.responses).flatMap(([status, response]) =>
      exampleNames(response, status).map((example) => ({
        ...documented,
        example,
        status: Number(status),
        response,
      })),
    ),
  );
}

/** How the tests name an answer. */
export function titleOf({ operation, example }: DocumentedAnswer): string {
  return `${operation.operationId} ${example}`;
}

/** In the body, or in a header of an answer without body. */
function exampleNames({ content = {}, headers = {} }: ResponseObject, status: string): string[] {
  const names = [...Object.values(content), ...Object.values(headers)].flatMap(({ examples }) =>
    namesOf(examples),
  );
  return names.length > 0 ? [...new Set(names)] : [status];
}

function namesOf(examples: Examples | undefined): string[] {
  return Object.keys(examples ?? {});
}
