import { STATUS_CODES } from 'node:http';
import { type Headers, type Responses, type Schemas } from '../openapi-object.js';
import { NO_STORE, RETRY_AFTER, exact } from '../response-headers.js';
import { list, named, object, ref, text } from '../schema.js';

/** A field, or a query parameter, and what is wrong with it. */
export interface FieldProblem {
  readonly path: string;
  readonly detail: string;
}

/** Every error of the admin API with its status and `detail`. @see RFC 9457 */
const PROBLEMS = {
  unknownParameter: [400, 'The request is not valid'],
  invalid: [400, 'The request is not valid'],
  malformedBody: [400, 'Malformed request body'],
  missingToken: [401, 'Authentication failed'],
  wrongToken: [401, 'Authentication failed'],
  notFound: [404, 'Not found'],
  alreadyExists: [409, 'Already exists'],
  stillEnabled: [409, 'Disable it first'],
  publicApplication: [409, 'A public application has no secret'],
  changedMeanwhile: [412, 'It has been changed meanwhile'],
  bodyTooLarge: [413, 'Request body too large'],
  unsupportedContentType: [415, 'Unsupported content type'],
  internalError: [500, 'Internal server error'],
  serviceUnavailable: [503, 'Service unavailable'],
} as const;

export type ProblemName = keyof typeof PROBLEMS;

const ANYWHERE: readonly ProblemName[] = [
  'unknownParameter',
  'missingToken',
  'wrongToken',
  'internalError',
  'serviceUnavailable',
];

const UNKNOWN_PARAMETER: readonly FieldProblem[] = [{ path: 'colour', detail: 'unknown parameter' }];

/** What a request with a body may get as well. */
export const BODY_PROBLEMS: readonly ProblemName[] = [
  'malformedBody',
  'bodyTooLarge',
  'unsupportedContentType',
];

const STATUSES: Readonly<Record<number, { readonly description: string; readonly headers?: Headers }>> = {
  400: { description: 'The request is wrong. `errors` names every field that is.' },
  401: {
    description: 'The admin token is missing or wrong.',
    headers: {
      'WWW-Authenticate': exact('The scheme that is expected.', {
        missingToken: 'Bearer',
        wrongToken: 'Bearer error="invalid_token"',
      }),
    },
  },
  404: { description: 'It does not exist, or the admin API is off.' },
  409: { description: 'Its present state does not allow it. Nothing was changed.' },
  412: { description: '`If-Match` is not the ETag that it has now. Nothing was changed.' },
  413: { description: 'The body is longer than 64 KiB.' },
  415: { description: 'The content type is not one of those of the request body.' },
  500: { description: 'A fault of the service.' },
  503: { description: 'The database cannot be reached.', headers: RETRY_AFTER },
};

/**
 * The error answers of an operation, by status: the named ones, and those that any may give.
 *
 * @param errors what the example of `invalid` is about
 */
export function problems(names: readonly ProblemName[], errors?: readonly FieldProblem[]): Responses {
  const wanted = [...names, ...ANYWHERE];
  const statuses = [...new Set(wanted.map((name) => PROBLEMS[name][0]))].sort();
  return Object.fromEntries(
    statuses.map((status) => {
      const { description, headers } = STATUSES[status]!;
      const examples = wanted
        .filter((name) => PROBLEMS[name][0] === status)
        .map((name) => [name, problem(name, errors)] as const);
      const content = {
        'application/problem+json': {
          schema: ref('Problem'),
          examples: named(Object.fromEntries(examples)),
        },
      };
      return [status, { description, headers: { ...NO_STORE, ...headers }, content }];
    }),
  );
}

export const problemSchemas: Schemas = {
  Problem: object(
    {
      type: { type: 'string', const: 'about:blank' },
      title: text('The phrase of the status.'),
      status: { type: 'integer', minimum: 400, maximum: 599 },
      detail: text('What is wrong.'),
      errors: list(
        object({
          path: text('The field, as `attribute_mapping.2.to`; or the query parameter.'),
          detail: text('Why.'),
        }),
        'Every field that is wrong.',
      ),
    },
    { optional: ['errors'], description: 'RFC 9457' },
  ),
};

function problem(name: ProblemName, errors: readonly FieldProblem[] | undefined): object {
  const [status, detail] = PROBLEMS[name];
  const body = { type: 'about:blank', title: STATUS_CODES[status], status, detail };
  if (name === 'unknownParameter') return { ...body, errors: UNKNOWN_PARAMETER };
  return name === 'invalid' ? { ...body, errors } : body;
}
