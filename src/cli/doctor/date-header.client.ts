import { request } from 'undici';

/**
 * The time that a server has, by its answer to a request that asks for nothing; to the second.
 *
 * @returns milliseconds since the epoch; undefined when the server does not say
 * @throws the HTTP library's error when there is no answer
 * @see RFC 9110 §6.6.1
 */
export async function serverTime(url: string, timeoutMs: number): Promise<number | undefined> {
  const { headers, body } = await request(url, { method: 'HEAD', signal: AbortSignal.timeout(timeoutMs) });
  await body.dump();
  const time = Date.parse(String(headers.date));
  return Number.isNaN(time) ? undefined : time;
}
