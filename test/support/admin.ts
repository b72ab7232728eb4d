import { SECURITY_HEADERS } from './security-headers.js';
import { startService, type RunningService } from './service.js';

export const ADMIN_TOKEN = 'admin-token-of-the-tests-0123456789';

/** An answer of the admin API: all of it but what belongs to the connection and the one request. */
export interface AdminAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed; `undefined` when there is none. */
  readonly body: unknown;
}

const OF_THE_CONNECTION = [
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
  'x-request-id',
];

/** Requests to the admin API of a service. */
export class AdminClient {
  /** @param token `null` for requests without one */
  constructor(
    private readonly url: string | URL,
    private readonly token: string | null = ADMIN_TOKEN,
  ) {}

  /** A text or bytes are sent as they are, anything else as JSON. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<AdminAnswer> {
    const response = await fetch(new URL(`/admin/v1${path}`, this.url), {
      method,
      headers: {
        ...(this.token === null ? {} : { Authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const named = [...response.headers].filter(([name]) => !OF_THE_CONNECTION.includes(name));
    return {
      status: response.status,
      headers: Object.fromEntries(named),
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  /** The same as a request that must go well. @returns its body, and its validator if it has one */
  async done<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ body: T; etag: string | undefined }> {
    const answer = await this.call(method, path, body);
    if (answer.status > 299) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return { body: answer.body as T, etag: answer.headers.etag };
  }
}

/** The whole service with its admin API. */
export async function startAdministrated(
  environment: Record<string, string> = {},
): Promise<{ service: RunningService; admin: AdminClient }> {
  const service = await startService({ ADMIN_TOKEN, ...environment });
  return { service, admin: new AdminClient(service.url) };
}

const always = { 'cache-control': 'no-store', ...SECURITY_HEADERS };
const json = { ...always, 'content-type': 'application/json; charset=utf-8' };

/** Any strong validator. */
const ETAG = expect.stringMatching(/^"[\w-]{27}"$/) as unknown as string;
/** Any UUID. */
export const UUID = expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/) as unknown as string;

/** One application, auth source or user. */
export function aResource(body: object, { status = 200, etag = ETAG, location = '' } = {}): AdminAnswer {
  return { status, headers: { ...json, etag, ...(location && { location }) }, body };
}

/** What has no validator. */
export function anAnswer(body: object): AdminAnswer {
  return { status: 200, headers: json, body };
}

export const NO_CONTENT: AdminAnswer = { status: 204, headers: always, body: undefined };

/** @see RFC 9457 §3.1 */
export function aProblem(
  status: number,
  title: string,
  detail: string,
  { errors, headers }: { errors?: object[]; headers?: Record<string, string> } = {},
): AdminAnswer {
  return {
    status,
    headers: { ...always, 'content-type': 'application/problem+json', ...headers },
    body: { type: 'about:blank', title, status, detail, ...(errors && { errors }) },
  };
}

export const NOT_FOUND = aProblem(404, 'Not Found', 'Not found');
export const CHANGED_MEANWHILE = aProblem(412, 'Precondition Failed', 'It has been changed meanwhile');

export function aConflict(detail: string): AdminAnswer {
  return aProblem(409, 'Conflict', detail);
}

/** @param errors each wrong field or parameter by its path, with what is wrong */
export function invalid(errors: Record<string, unknown>): AdminAnswer {
  return aProblem(400, 'Bad Request', 'The request is not valid', {
    errors: Object.entries(errors).map(([path, detail]) => ({ path, detail })),
  });
}

/** An object without some of its members. */
export function without(object: object, ...names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
