import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { JsonLogger } from '../logging/json-logger.js';
import { MemoryCounter } from './memory-counter.js';
import { RedisCounter } from './redis-counter.js';

async function portOf(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function unusedPort(): Promise<number> {
  const server = createServer();
  const port = await portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

const SILENT = 'warn: Redis does not answer: this process counts requests alone meanwhile';

let lines: { level: string; msg: string }[];
let counters: RedisCounter[];

beforeEach(() => {
  lines = [];
  counters = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as { level: string; msg: string });
  Logger.overrideLogger(new JsonLogger('info', { write }));
});
afterEach(() => {
  counters.forEach((counter) => counter.onApplicationShutdown());
  Logger.overrideLogger(false);
});

const logged = () => lines.map(({ level, msg }) => `${level}: ${msg}`);

async function aCounter(url: string, answerWithinMs?: number): Promise<RedisCounter> {
  const counter = new RedisCounter(url, new MemoryCounter(), answerWithinMs);
  counters.push(counter);
  await counter.onModuleInit();
  return counter;
}

/** However busy the machine is. */
const PATIENT = 60_000;

describe('a Redis that is not there', () => {
  it('stops neither the boot nor the counting, and is logged once, without its password', async () => {
    const counter = await aCounter(`redis://:RedisPass@127.0.0.1:${await unusedPort()}`);
    expect(await counter.count('a')).toMatchObject({ hits: 1 });
    expect(await counter.count('a')).toMatchObject({ hits: 2 });
    expect(logged()).toEqual([SILENT]);
    expect(JSON.stringify(lines)).not.toContain('RedisPass');
  });
});

describe('a Redis that accepts connections and says nothing', () => {
  it('is replaced by memory', async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => void sockets.push(socket));
    const counter = await aCounter(`redis://127.0.0.1:${await portOf(mute)}`);
    expect(await counter.count('a')).toMatchObject({ hits: 1 });
    expect(await counter.count('a')).toMatchObject({ hits: 2 });
    expect(logged()).toEqual([SILENT]);
    sockets.forEach((socket) => socket.destroy());
    mute.close();
  });
});

const realRedis = process.env.TEST_REDIS_URL;

(realRedis ? describe : describe.skip)('a Redis that answers', () => {
  const url = new URL(realRedis ?? 'redis://unused');

  /** A wire to Redis that can be held and cut. */
  class Wire {
    private readonly pairs = new Set<readonly [Socket, Socket]>();
    private readonly server = createServer((near) => {
      const far = connect(Number(url.port || 6379), url.hostname);
      const pair = [near, far] as const;
      this.pairs.add(pair);
      near.pipe(far).pipe(near);
      for (const end of pair) {
        end.on('error', () => undefined);
        end.on('close', () => pair.forEach((socket) => socket.destroy()));
      }
    });

    open(port?: number): Promise<number> {
      return portOf(this.server, port);
    }

    hold(): void {
      this.pairs.forEach(([near, far]) => far.unpipe(near).pause());
    }

    release(): void {
      this.pairs.forEach(([near, far]) => far.pipe(near));
    }

    async cut(): Promise<void> {
      this.server.close();
      this.pairs.forEach((pair) => pair.forEach((socket) => socket.destroy()));
      await once(this.server, 'close');
    }
  }

  let wire: Wire;
  let port: number;
  beforeEach(async () => {
    wire = new Wire();
    port = await wire.open();
  });
  afterEach(() => wire.cut());

  async function untilRedisAnswers(counter: RedisCounter): Promise<void> {
    while (!logged().includes('info: Redis answers again')) {
      await counter.count(randomUUID());
      await delay(20);
    }
  }

  it('counts for all who share it', async () => {
    const [here, there] = [await aCounter(url.href, PATIENT), await aCounter(url.href, PATIENT)];
    const client = randomUUID();
    expect(await here.count(client)).toEqual({ hits: 1, leftMs: 60_000 });
    const second = await there.count(client);
    expect(second).toEqual({ hits: 2, leftMs: expect.any(Number) });
    expect(second.leftMs > 0 && second.leftMs <= 60_000).toBe(true);
    expect(await here.count(client)).toMatchObject({ hits: 3 });
    expect(logged()).toEqual([]);
  });

  it('loses no request of many at once', async () => {
    const [here, there] = [await aCounter(url.href, PATIENT), await aCounter(url.href, PATIENT)];
    const client = randomUUID();
    const windows = await Promise.all(
      Array.from({ length: 50 }, (_, i) => (i % 2 ? here : there).count(client)),
    );
    const hits = windows.map((window) => window.hits).sort((a, b) => a - b);
    expect(hits).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  });

  it('keeps no count beyond its minute, one that lost its end included', async () => {
    const counter = await aCounter(url.href);
    const client = randomUUID();
    const redis = new Redis(url.href);
    await redis.set(`nest-ciam:rate-limit:${client}`, 4);
    expect(await counter.count(client)).toEqual({ hits: 5, leftMs: 60_000 });
    const left = await redis.pttl(`nest-ciam:rate-limit:${client}`);
    redis.disconnect();
    expect(left > 0 && left <= 60_000).toBe(true);
  });

  it('is replaced by memory while it hangs, and asked again when it answers', async () => {
    const counter = await aCounter(`redis://127.0.0.1:${port}`);
    const client = randomUUID();
    expect(await counter.count(client)).toMatchObject({ hits: 1 });
    expect(logged()).toEqual([]);
    wire.hold();
    expect(await counter.count(client)).toMatchObject({ hits: 1 });
    expect(await counter.count(client)).toMatchObject({ hits: 2 });
    expect(logged()).toEqual([SILENT]);
    wire.release();
    await untilRedisAnswers(counter);
    // What Redis counted while nobody heard it stays counted.
    expect(await counter.count(client)).toMatchObject({ hits: 3 });
    expect(logged()).toEqual([SILENT, 'info: Redis answers again']);
  });

  it('is replaced by memory while it is gone, and asked again when it is back', async () => {
    const counter = await aCounter(`redis://127.0.0.1:${port}`);
    const client = randomUUID();
    expect(await counter.count(client)).toMatchObject({ hits: 1 });
    await wire.cut();
    expect(await counter.count(client)).toMatchObject({ hits: 1 });
    expect(await counter.count(client)).toMatchObject({ hits: 2 });
    expect(logged()).toEqual([SILENT]);
    wire = new Wire();
    await wire.open(port);
    await untilRedisAnswers(counter);
    expect(await counter.count(client)).toMatchObject({ hits: 2 });
  });
});
