import { Logger } from '@nestjs/common';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { setTimeout as delay } from 'node:timers/promises';
import { type Connections } from './connections.js';
import { Readiness } from './health/readiness.js';

/** What closing the database's connections may take when the requests in flight took all the time there was. */
const LEAST_CLOSING_MS = 1000;

/**
 * Ends the service: not ready from now on, no new connections, requests in flight answered, database closed.
 *
 * @param timeoutMs how long the requests in flight are waited for
 * @returns the exit code: 1 when something had to be cut off
 */
export async function shutDown(
  app: NestExpressApplication,
  connections: Connections,
  timeoutMs: number,
): Promise<0 | 1> {
  const logger = new Logger('Shutdown');
  const deadline = performance.now() + timeoutMs;
  app.get(Readiness).beginShutdown();
  const draining = connections.drain();
  logger.log(`Shutting down, ${connections.requestsInFlight} requests in flight`);
  if (!(await within(timeoutMs, draining)) && connections.requestsInFlight > 0) {
    logger.error(`Cut off ${connections.requestsInFlight} requests that took longer than ${timeoutMs} ms`);
    return 1;
  }
  app.getHttpServer().closeAllConnections();
  if (!(await within(Math.max(LEAST_CLOSING_MS, deadline - performance.now()), app.close()))) {
    logger.error('The database connections did not close in time');
    return 1;
  }
  logger.log('Shut down');
  return 0;
}

async function within(ms: number, work: Promise<void>): Promise<boolean> {
  return Promise.race([work.then(() => true), delay(ms, false)]);
}
