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
  const latencies = new Float64Array(requests.length);
  const bodies: Buffer[] = new Array<Buffer>(requests.length);
  let next = 0;
  const elapsedMs = await overConnections(url, connections, async (send) => {
    for (let index = next++; index < requests.length; index = next++) {
      const start = performance.now();
      bodies[index] = await send(requests[index]!);
      latencies[index] = performance.now() - start;
    }
  });
  return { elapsedMs, latencies: latencies.sort(), bodies };
}

/**
 * Sends requests over as many connections until the time is over.
 *
 * @param make the next request
 * @returns how many were answered
 * @throws Error when an answer is not 200, with its body
 */
export async function sendFor(
  url: string,
  ms: number,
  connections: number,
  make: () => Buffer,
): Promise<number> {
  const end = performance.now() + ms;
  let answered = 0;
  await overConnections(url, connections, async (send) => {
    while (performance.now() < end) {
      await send(make());
      answered++;
    }
  });
  return answered;
}

type Send = (request: Buffer) => Promise<Buffer>;

/** @returns how long the work on all connections took, once they were open; in milliseconds */
async function overConnections(
  url: string,
  connections: number,
  work: (send: Send) => Promise<void>,
): Promise<number> {
  const lines = await Promise.all(Array.from({ length: connections }, () => HttpConnection.open(url)));
  const sendOver = (line: HttpConnection) => async (request: Buffer) => {
    const { status, body } = await line.send(request);
    if (status !== 200) throw new Error(`${url} answered ${status}: ${body.toString()}`);
    return body;
  };
  try {
    const start = performance.now();
    await Promise.all(lines.map((line) => work(sendOver(line))));
    return performance.now() - start;
  } finally {
    lines.forEach((line) => line.close());
  }
}
