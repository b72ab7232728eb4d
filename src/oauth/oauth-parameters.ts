import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type Request } from 'express';
import { type IncomingMessage } from 'node:http';
import readBytes from 'raw-body';
import { InvalidRequest, RequestBodyTooLarge } from './oauth.errors.js';

const LONGEST_BODY = 64 * 1024;

/**
 * The parameters of a request, not yet checked.
 *
 * A value is whatever the body had: any JSON value, or a string of a form; a parameter that a form repeats is an array.
 */
export interface OAuthParameters {
  readonly isForm: boolean;
  readonly values: ReadonlyMap<string, unknown>;
}

/** The request's body, read after the guards have let it in. */
export const OAuthBody = createParamDecorator((_: unknown, context: ExecutionContext) =>
  readParameters(context.switchToHttp().getRequest<Request>()),
);

/**
 * A parameter that counts: null and empty are absent.
 *
 * @throws InvalidRequest when it is repeated
 */
export function parameter({ values }: OAuthParameters, name: string): unknown {
  const value = values.get(name);
  if (Array.isArray(value)) throw InvalidRequest.repeated(name);
  return value === null || value === '' ? undefined : value;
}

/**
 * The parameters of the request's body.
 *
 * @throws InvalidRequest
 */
export async function readParameters(request: IncomingMessage): Promise<OAuthParameters> {
  const type = contentType(request);
  const text = decode(await read(request));
  return type === 'application/json'
    ? { isForm: false, values: parseJson(text) }
    : { isForm: true, values: parseForm(text) };
}

function contentType(request: IncomingMessage): string {
  const [type = '', ...attributes] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  const isKnown = ['application/json', 'application/x-www-form-urlencoded'].includes(type.trim());
  const charset = attributes
    .map((attribute) => attribute.trim())
    .find((attribute) => attribute.startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  const isPlain = (request.headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity';
  if (!isKnown || !isUtf8 || !isPlain) throw new InvalidRequest('Unsupported content type');
  return type.trim();
}

async function read(request: IncomingMessage): Promise<Buffer> {
  try {
    return await readBytes(request, { limit: LONGEST_BODY, length: request.headers['content-length'] });
  } catch (error) {
    if ((error as { type?: string }).type === 'entity.too.large') throw new RequestBodyTooLarge();
    throw new InvalidRequest('Malformed request body', error);
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed();
  }
}

function parseJson(text: string): Map<string, unknown> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw malformed();
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw malformed();
  return new Map(Object.entries(body));
}

function parseForm(text: string): Map<string, unknown> {
  try {
    // URLSearchParams lets broken escapes pass; this does not.
    decodeURIComponent(text);
  } catch {
    throw malformed();
  }
  const values = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const held = values.get(name);
    if (held === undefined) values.set(name, value);
    else if (Array.isArray(held)) held.push(value);
    else values.set(name, [held, value]);
  }
  return values;
}

function malformed(): InvalidRequest {
  return new InvalidRequest('Malformed request body');
}
