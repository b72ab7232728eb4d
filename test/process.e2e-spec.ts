import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './support/free-port.js';
import { RawConnection, ServiceProcess } from './support/service-process.js';
import { createTestDatabase, isMysql, type TestDatabase } from './support/test-database.js';

const BODY = JSON.stringify({ grant_type: 'nonsense', client_id: 'nobody' });

/** What does not depend on the kind of database is tested once. */
const whatever = isMysql ? describe.skip : describe;

/** Beyond what any of these tests takes: nothing here depends on it. */
const LONG_MS = '600000';

describe('the process', () => {
  let folder: string;
  let database: TestDatabase;
  let processes: ServiceProcess[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nest-ciam-process-'));
    database = await createTestDatabase({ shared: true });
    processes = [];
  });
  afterEach(async () => {
    processes.forEach((service) => service.signal('SIGKILL'));
    await Promise.all(processes.map(({ end }) => end));
    await database.drop();
    await rm(folder, { recursive: true });
  });

  function start(environment: Record<string, string> = {}): ServiceProcess {
    const service = new ServiceProcess(folder, {
      PORT: '0',
      ISSUER: 'https://id.test',
      DATABASE_URL: database.url,
      SHUTDOWN_TIMEOUT_MS: LONG_MS,
      ...environment,
    });
    processes.push(service);
    return service;
  }

  /** A request of which the service has read the head, and not yet the whole body. */
  async function halfARequest(url: URL): Promise<RawConnection> {
    const connection = await RawConnection.to(url);
    const head = ['POST /oauth2/token HTTP/1.1', 'Host: id.test', 'Content-Type: application/json'];
    connection.send([...head, `Content-Length: ${BODY.length}`, 'Expect: 100-continue', '', ''].join('\r\n'));
    await connection.until('HTTP/1.1 100 Continue\r\n\r\n');
    connection.send(BODY.slice(0, 10));
    return connection;
  }

  whatever('at boot', () => {
    it('names every wrong variable in one message and ends with 1', async () => {
      const service = start({ PORT: 'http', LOG_LEVEL: 'loud', ADMIN_TOKEN: 'MarkedSecret' });
      expect(await service.end).toEqual({ code: 1, signal: null });
      expect(service.stderr).toBe(
        [
          'nest-ciam cannot start: Wrong configuration:',
          '  PORT: must be a whole number from 0 to 65535',
          '  ADMIN_TOKEN: must be 32 to 1024 printable characters',
          '  LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace, silent',
          '',
        ].join('\n'),
      );
      expect(service.lines).toEqual([]);
    });

    it('reads .env in the working directory, under what the environment says', async () => {
      await writeFile(join(folder, '.env'), 'LOG_LEVEL=loud\nWORKERS=none\n');
      const service = start({ WORKERS: '1' });
      expect(await service.end).toEqual({ code: 1, signal: null });
      expect(service.stderr).toBe(
        'nest-ciam cannot start: Wrong configuration:\n' +
          '  LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace, silent\n',
      );
    });

    it('waits for a database that cannot be reached, then ends with 1 and a message without its password', async () => {
      const port = await freePort();
      const service = start({ DATABASE_URL: `mysql://ciam:MarkedSecret@127.0.0.1:${port}/ciam` });
      expect(await service.end).toEqual({ code: 1, signal: null });
      expect(service.stderr).toBe(
        `nest-ciam cannot start: The database at 127.0.0.1:${port} cannot be reached: ECONNREFUSED\n`,
      );
      expect(JSON.stringify(service.lines)).not.toContain('MarkedSecret');
    });

    it('ends with 0 on a signal while it waits', async () => {
      const service = start({ DATABASE_URL: `mysql://ciam@127.0.0.1:${await freePort()}/ciam` });
      await service.said('The database at ');
      service.signal('SIGTERM');
      expect(await service.end).toEqual({ code: 0, signal: null });
      expect(service.stderr).toBe('');
    });

    it('ends with 1 and a message when its port is taken', async () => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const { port } = taken.address() as AddressInfo;
      const service = start({ PORT: String(port) });
      expect(await service.end).toEqual({ code: 1, signal: null });
      expect(service.stderr).toBe(
        `nest-ciam cannot start: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
      );
      taken.close();
    });

    it('ends with 1 and a message when the provisioning file is wrong', async () => {
      await writeFile(join(folder, 'provision.yaml'), 'applications:\n  - client_ids: sample\n');
      const service = start({ PROVISION_FILE: 'provision.yaml' });
      expect(await service.end).toEqual({ code: 1, signal: null });
      expect(service.stderr).toMatch(/^nest-ciam cannot start: [^]*provision\.yaml:2: /);
      expect(service.stderr).not.toMatch(/\n\s+at /);
    });

    it('ends with 1 and a message when the encryption key is not the one of the database', async () => {
      const first = start({ ENCRYPTION_KEY: randomBytes(32).toString('base64') });
      await first.url();
      first.signal('SIGTERM');
      await first.end;
      const other = randomBytes(32).toString('base64');
      const second = start({ ENCRYPTION_KEY: other });
      expect(await second.end).toEqual({ code: 1, signal: null });
      expect(second.stderr).toMatch(/^nest-ciam cannot start: .*ENCRYPTION_KEY.*\n$/);
      expect(second.stderr).not.toContain(other);
    });
  });

  whatever('while it runs', () => {
    it('logs an unhandled rejection as fatal and ends with 1', async () => {
      const fault = join(folder, 'fault.mjs');
      await writeFile(fault, "process.once('SIGUSR2', () => void Promise.reject(new Error('lost')));");
      const service = start({ NODE_OPTIONS: `--import ${fault}` });
      await service.url();
      service.signal('SIGUSR2');
      expect(await service.end).toEqual({ code: 1, signal: null });
      expect(service.lines.at(-1)).toMatchObject({ level: 'fatal', err: { name: 'Error', message: 'lost' } });
    });
  });

  describe.each(['SIGTERM', 'SIGINT'] as const)('on %s', (signal) => {
    it('ends with 0 at once when nothing is in flight, idle connections notwithstanding', async () => {
      const service = start();
      const url = await service.url();
      const kept = await RawConnection.to(url);
      kept.send('GET /health/ready HTTP/1.1\r\nHost: id.test\r\n\r\n');
      await kept.until('{"status":"ok"}');
      const unused = await RawConnection.to(url);
      service.signal(signal);
      expect(await service.end).toEqual({ code: 0, signal: null });
      await Promise.all([kept.closed, unused.closed]);
      expect(service.stderr).toBe('');
      expect(service.lines.at(-1)).toMatchObject({ level: 'info', msg: 'Shut down' });
    });

    it('answers the request in flight, accepts no other, and ends with 0', async () => {
      const service = start();
      const url = await service.url();
      const connection = await halfARequest(url);
      service.signal(signal);
      await service.said('Shutting down, 1 requests in flight');
      await expect(RawConnection.to(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      connection.send(BODY.slice(10));
      await connection.closed;
      expect(connection.received).toMatch(/\r\nConnection: close\r\n/);
      expect(connection.received).toMatch(/\r\n\r\n\{"error":"[a-z_]+","error_description":"[^"]+"[^}]*\}$/);
      expect(await service.end).toEqual({ code: 0, signal: null });
    });
  });

  describe('past SHUTDOWN_TIMEOUT_MS', () => {
    it('cuts off the request in flight and ends with 1', async () => {
      const service = start({ SHUTDOWN_TIMEOUT_MS: '100' });
      const connection = await halfARequest(await service.url());
      service.signal('SIGTERM');
      expect(await service.end).toEqual({ code: 1, signal: null });
      await connection.closed;
      expect(service.lines.at(-1)).toMatchObject({
        level: 'error',
        msg: 'Cut off 1 requests that took longer than 100 ms',
      });
    });

    it('ends with 0 when there was nothing to wait for', async () => {
      const service = start({ SHUTDOWN_TIMEOUT_MS: '0' });
      await service.url();
      service.signal('SIGTERM');
      expect(await service.end).toEqual({ code: 0, signal: null });
    });
  });

  it('ends with 1 at once on a second signal', async () => {
    const service = start();
    await halfARequest(await service.url());
    service.signal('SIGTERM');
    await service.said('Shutting down');
    service.signal('SIGTERM');
    expect(await service.end).toEqual({ code: 1, signal: null });
  });

  (isMysql ? it : it.skip)(
    'ends with 1 and a message without a password when the database refuses it',
    async () => {
      const url = Object.assign(new URL(database.url), { username: 'nobody', password: 'MarkedSecret' });
      const service = start({ DATABASE_URL: url.href });
      expect(await service.end).toEqual({ code: 1, signal: null });
      expect(service.stderr).toMatch(/^nest-ciam cannot start: Access denied for user 'nobody'@'\S+'.*\n$/);
      expect(service.stderr + JSON.stringify(service.lines)).not.toContain('MarkedSecret');
    },
  );

  describe('WORKERS=2', () => {
    it('serves from two processes on one port, replaces one that dies, and ends with 0', async () => {
      const service = start({ WORKERS: '2' });
      const [one, two] = await service.said('Listening on ', 2);
      expect(one!.msg).toBe(two!.msg);
      expect(one!.pid).not.toBe(two!.pid);
      process.kill(two!.pid!, 'SIGKILL');
      const [died] = await service.said(`Worker ${two!.pid} died (SIGKILL)`);
      expect(died).toMatchObject({ level: 'error', context: 'Workers' });
      await service.said('Listening on ', 3);
      const answer = await fetch(new URL('/health/ready', await service.url()));
      expect(await answer.json()).toEqual({ status: 'ok' });
      service.signal('SIGTERM');
      expect(await service.end).toEqual({ code: 0, signal: null });
      expect(service.lines.filter(({ msg }) => msg === 'Shut down')).toHaveLength(2);
    });

    it('counts a client once, whichever worker answers', async () => {
      const service = start({ WORKERS: '2', RATE_LIMIT_PER_MINUTE: '4' });
      await service.said('Listening on ', 2);
      const url = await service.url();
      const statuses: string[] = [];
      for (let request = 0; request < 12; request++) {
        // Each on a connection of its own: the primary hands them out in turn.
        const connection = await RawConnection.to(url);
        connection.send('GET /oauth2/token HTTP/1.1\r\nHost: id.test\r\nConnection: close\r\n\r\n');
        await connection.closed;
        statuses.push(connection.received.slice('HTTP/1.1 '.length, 'HTTP/1.1 405'.length));
      }
      expect(statuses).toEqual([...Array<string>(4).fill('405'), ...Array<string>(8).fill('429')]);
      service.signal('SIGTERM');
      await service.end;
      const answered = service.lines.filter(({ status }) => status === 405 || status === 429);
      expect(answered).toHaveLength(12);
      expect(new Set(answered.map(({ pid }) => pid)).size).toBe(2);
    });

    it('answers what is in flight in any worker, also when a terminal signals them all', async () => {
      const service = start({ WORKERS: '2' });
      const workers = await service.said('Listening on ', 2);
      const connections = [await halfARequest(await service.url()), await halfARequest(await service.url())];
      workers.forEach(({ pid }) => process.kill(pid!, 'SIGINT'));
      service.signal('SIGINT');
      await service.said('Shutting down', 2);
      connections.forEach((connection) => connection.send(BODY.slice(10)));
      await Promise.all(connections.map(({ closed }) => closed));
      expect(connections.map(({ received }) => received.includes('Connection: close'))).toEqual([true, true]);
      expect(await service.end).toEqual({ code: 0, signal: null });
    });

    it('ends with 1 when a worker had to cut a request off', async () => {
      const service = start({ WORKERS: '2', SHUTDOWN_TIMEOUT_MS: '100' });
      await service.said('Listening on ', 2);
      await halfARequest(await service.url());
      service.signal('SIGTERM');
      expect(await service.end).toEqual({ code: 1, signal: null });
    });

    it('ends with 1, and says so once, when a worker cannot start', async () => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const { port } = taken.address() as AddressInfo;
      const service = start({ WORKERS: '2', PORT: String(port) });
      expect(await service.end).toEqual({ code: 1, signal: null });
      expect(service.stderr.match(/cannot start/g)).toHaveLength(1);
      expect(service.stderr).toContain('EADDRINUSE');
      taken.close();
    });
  });
});
