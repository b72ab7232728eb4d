import { DemoFailed } from './demo-failed.js';

const PATIENCE_MS = 30_000;

/** An answer with a JSON object for a body. */
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** @throws DemoFailed when there is no answer, or none that is a JSON object */
export function getJson(url: string): Promise<Answer> {
  return exchange(url, {});
}

/** @throws DemoFailed when there is no answer, or none that is a JSON object */
export function postJson(url: string, body: object): Promise<Answer> {
  return exchange(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function exchange(url: string, init: RequestInit): Promise<Answer> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
    const { status, statusText, headers } = response;
    return { status, statusText, headers, body: (await response.json()) as Answer['body'] };
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    throw new DemoFailed(`No answer that can be read from ${url}: ${reason}`);
  }
}
