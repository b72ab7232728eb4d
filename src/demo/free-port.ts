import { createServer } from 'node:net';
import { DemoFailed } from './demo-failed.js';

const HIGHEST = 65_535;

/** The first port from this one on that nobody listens on. */
export async function freePort(from: number): Promise<number> {
  for (let port = from; port <= HIGHEST; port++) {
    if (await isFree(port)) return port;
  }
  throw new DemoFailed(`No port from ${from} on is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
