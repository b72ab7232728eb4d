import { Redis } from 'ioredis';
import { type Configuration } from '../../config/configuration.js';
import { RateLimitConfig } from '../../config/rate-limit.config.js';
import { messageFor } from '../../logging/described-error.js';
import { findings, type Finding } from './finding.js';

const ANSWER_WITHIN_MS = 1000;

/** Looks whether Redis answers, if there is to be one. */
export async function* checkRedis(configuration: Configuration): AsyncGenerator<Finding> {
  const { redisUrl } = configuration.get(RateLimitConfig);
  if (!redisUrl) return;
  const { ok, problem } = findings('redis');
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    retryStrategy: null,
    enableReadyCheck: false,
    connectTimeout: ANSWER_WITHIN_MS,
    commandTimeout: ANSWER_WITHIN_MS,
    disableClientInfo: true,
  });
  let fault: unknown;
  redis.on('error', (error: Error) => (fault = error));
  try {
    await redis.connect();
    await redis.ping();
    yield ok('It answers');
  } catch (error) {
    const reason = messageFor(fault ?? error);
    yield problem(`It does not answer (${reason}): until it does, each instance counts requests alone`);
  } finally {
    redis.disconnect();
  }
}
