import { HttpConnection } from './connection.js';

/** Requests that were all answered with 200. */
export interface Answered {
  readonly elapsedMs: number;
  /** In milliseconds, ascending. */
  readonly latencies: Float64Array;
  /** In the order of the requests. */
  readonly bodies: readonly Buffer[];
}

/**
 * Sends every request once, over connections that are opened before: each has one request under way.
 *
 * @throws Error when an answer is not 200, with its body
 */
export async function sendAll(
  url: string,
  requests: readonly Buffer[],
  connections: number,
): Promise<Answered> {
  const lines = await Promise.all(Array.from({ length: connections }, () => HttpConnection.open(url)));
  const latencies = new Float64Array(requests.length);
  const bodies: Buffer[] = new Array<Buffer>(requests.length);
  let next = 0;
  const sendOneAfterTheOther = async (line: HttpConnection) => {
    for (let index = next++; index < requests.length; index = next++) {
      const start = performance.now();
      const { status, body } = await line.send(requests[index]!);
      latencies[index] = performance.now() - start;
      if (status !== 200) throw new Error(`${url} answered ${status}: ${body.toString()}`);
      bodies[index] = body;
    }
  };
  try {
    const start = performance.now();
    await Promise.all(lines.map(sendOneAfterTheOther));
    const elapsedMs = performance.now() - start;
    return { elapsedMs, latencies: latencies.sort(), bodies };
  } finally {
    lines.forEach((line) => line.close());
  }
}

/**
 * Sends requests over as many connections until the time is over.
 *
 * @param make the next request
 * @returns how many were answered
 */
export async function sendFor(
  url: string,
  ms: number,
  connections: number,
  make: () => Buffer,
): Promise<number> {
  const lines = await Promise.all(Array.from({ length: connections }, () => HttpConnection.open(url)));
  const end = performance.now() + ms;
  let answered = 0;
  const sendOneAfterTheOther = async (line: HttpConnection) => {
    while (performance.now() < end) {
      const { status, body } = await line.send(make());
      if (status !== 200) throw new Error(`${url} answered ${status}: ${body.toString()}`);
      answered++;
    }
  };
  try {
    await Promise.all(lines.map(sendOneAfterTheOther));
    return answered;
  } finally {
    lines.forEach((line) => line.close());
  }
}
