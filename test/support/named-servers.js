import { Redis } from 'ioredis';
import { createConnection } from 'mysql2/promise';

const PATIENCE_MS = 5000;

/** Runs once before the e2e suite: a server that is named must answer, and one that is not is said to be left out. */
export default async function namedServers() {
  const urls = (process.env.TEST_DATABASE_URLS ?? '').split(/\s+/).filter(Boolean);
  if (urls.length === 0) say('TEST_DATABASE_URLS is not set: the e2e suite runs on SQLite alone');
  for (const url of urls) await reach('TEST_DATABASE_URLS', url, askDatabase);
  const redis = process.env.TEST_REDIS_URL;
  if (redis) await reach('TEST_REDIS_URL', redis, askRedis);
  else say('TEST_REDIS_URL is not set: nothing is tested on a real Redis');
}

async function reach(variable, url, ask) {
  try {
    await ask(url);
  } catch (error) {
    say(`${variable} names ${new URL(url).host}, which cannot be reached: ${error.code ?? error.message}`);
    process.exit(1);
  }
}

async function askDatabase(url) {
  const server = await createConnection({ uri: new URL('/', url).href, connectTimeout: PATIENCE_MS });
  await server.query('SELECT 1');
  await server.end();
}

async function askRedis(url) {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: PATIENCE_MS,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
  });
  let cause;
  redis.on('error', (error) => (cause = error));
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    throw cause ?? error;
  } finally {
    redis.disconnect();
  }
}

function say(line) {
  process.stderr.write(`${line}\n`);
}
