/**
 * The part of OpenAPI 3.1 that the document uses.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export interface OpenApiObject {
  readonly openapi: '3.1.1';
  readonly info: Readonly<Record<string, unknown>>;
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Paths;
  readonly components: {
    readonly schemas: Schemas;
    readonly securitySchemes: Readonly<Record<string, SecurityScheme>>;
  };
}

/** JSON Schema 2020-12, or a reference to a component. */
export type Schema = Readonly<Record<string, unknown>>;
export type Schemas = Readonly<Record<string, Schema>>;

export type Method = 'get' | 'post' | 'patch' | 'delete';
export type Paths = Readonly<Record<string, Readonly<Partial<Record<Method, Operation>>>>>;

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  /** One of these; `{}` is none. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly description?: string;
    readonly required: boolean;
    readonly content: Content;
  };
  readonly responses: Responses;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description: string;
  readonly schema: Schema;
  readonly examples?: Examples;
}

/** By status. */
export type Responses = Readonly<Record<number, ResponseObject>>;

export interface ResponseObject {
  readonly description: string;
  readonly headers?: Headers;
  readonly content?: Content;
}

export type Headers = Readonly<Record<string, Header>>;

export interface Header {
  readonly description: string;
  /** Whether every answer of the status has it. */
  readonly required: boolean;
  readonly schema: Schema;
  readonly examples?: Examples;
}

/** By media type. */
export type Content = Readonly<Record<string, MediaType>>;

export interface MediaType {
  readonly schema: Schema;
  readonly examples?: Examples;
}

/**
 * By name: an answer's example is what the request example of the same name gets, if there is one.
 */
export type Examples = Readonly<Record<string, { readonly summary?: string; readonly value: unknown }>>;

export interface SecurityScheme {
  readonly type: 'http';
  readonly scheme: 'basic' | 'bearer';
  readonly bearerFormat?: string;
  readonly description: string;
}
