import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setImmediate, setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { HttpExchange } from '../src/wechat/http-exchange.client.js';
import { type WechatClient } from '../src/wechat/wechat.client.js';
import { WechatUnavailable } from '../src/wechat/wechat.errors.js';
import { connectWechat } from './support/connected-wechat.js';
import { startScriptedWechat, type Answer, type ScriptedWechat } from './support/scripted-wechat.js';

const app = { appId: 'wx4f4bc4dec97d474b', appSecret: 'MARKED-secret' };
const session = { session_key: 'MARKEDczf5v6AKRyjwEUhQ==', openid: 'MARKED-openid' };
const ok = JSON.stringify(session);

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

function connect(url: string, timeoutMs?: number): WechatClient {
  const wechat = connectWechat(url, { timeoutMs });
  opened.push(wechat);
  return wechat.client;
}

async function answering(answer: Answer): Promise<ScriptedWechat> {
  const server = await startScriptedWechat(() => answer);
  opened.push(server);
  return server;
}

/** A server below HTTP: whatever it does to its connections, it notes the codes that reach it. */
async function listening(onData: (socket: Socket, nth: number, connection: number, code: string) => void) {
  const codes: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    const connection = connections++;
    let nth = 0;
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      const code = /js_code=([^&]+)/.exec(data.toString())?.[1] ?? '';
      if (code) codes.push(code);
      onData(socket, nth++, connection, code);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      sockets.forEach((socket) => socket.destroy());
    });
  opened.push({ close });
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}`, codes, connections: () => connections, close };
}

async function failure(login: Promise<unknown>): Promise<WechatUnavailable> {
  const error = await login.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WechatUnavailable);
  const unavailable = error as WechatUnavailable;
  expect(unavailable.errcode).toBeUndefined();
  expect(Number.isInteger(unavailable.retryAfter)).toBe(true);
  expect(unavailable.retryAfter).toBeGreaterThanOrEqual(1);
  expect(unavailable.retryAfter).toBeLessThanOrEqual(5);
  expect(unavailable.endpoint).toBe('/sns/jscode2session');
  expect(inspect(unavailable, { depth: 10, showHidden: true })).not.toMatch(/MARKED/);
  return unavailable;
}

/** The HTTP library hands a connection to the next call one turn of the event loop after the reply. */
const connectionsIdle = () => setImmediate();

const reply = `HTTP/1.1 200 OK\r\nContent-Length: ${ok.length}\r\nConnection: keep-alive\r\n\r\n${ok}`;

beforeAll(() => {
  Logger.overrideLogger(false);
});

describe('WeChat is unavailable', () => {
  it.each([
    [301, 'HTTP status 301'],
    [302, 'HTTP status 302'],
    [307, 'HTTP status 307'],
    [400, 'HTTP status 400'],
    [404, 'HTTP status 404'],
    [412, 'HTTP status 412'],
    [429, 'HTTP status 429'],
    [500, 'HTTP status 500'],
    [502, 'HTTP status 502'],
    [503, 'HTTP status 503'],
  ])('when it answers with status %d, whatever the body says', async (status, fault) => {
    const target = await answering(ok);
    const { url, requests } = await answering((response) => {
      response.writeHead(status, { location: `${target.url}/sns/jscode2session` }).end(ok);
    });

    const error = await failure(connect(url).code2Session(app, 'MARKED-code'));

    expect(error.message).toBe(`WeChat is unavailable: ${fault} at /sns/jscode2session`);
    expect((error.cause as Error).message).toBe(fault);
    expect(requests).toHaveLength(1);
    expect(target.requests).toEqual([]);
  });

  it.each([
    ['nothing', '', 'reply is not JSON'],
    ['an HTML page', '<html>MARKED</html>', 'reply is not JSON'],
    ['a JSON text that breaks off', ok.slice(0, -1), 'reply is not JSON'],
    ['a JSON array', '["MARKED"]', 'unexpected reply'],
    ['JSON null', 'null', 'unexpected reply'],
    ['no openid', JSON.stringify({ session_key: session.session_key }), 'unexpected reply'],
    ['no session_key', JSON.stringify({ openid: session.openid }), 'unexpected reply'],
    [
      'an openid of another kind',
      JSON.stringify({ ...session, openid: 'MARKED openid' }),
      'unexpected reply',
    ],
    ['an errcode that is text', JSON.stringify({ errcode: 'MARKED' }), 'unexpected reply'],
  ])('when its reply is %s', async (_, body, fault) => {
    const { url, requests } = await answering(body);

    const error = await failure(connect(url).code2Session(app, 'MARKED-code'));

    expect(error.message).toBe(`WeChat is unavailable: ${fault} at /sns/jscode2session`);
    expect(requests).toHaveLength(1);
  });

  it('when its reply is larger than 256 KiB, but not at 256 KiB', async () => {
    const padded = (size: number) => ok + ' '.repeat(size - ok.length);
    const fitting = await answering(padded(256 * 1024));
    const larger = await answering(padded(256 * 1024 + 1));

    const found = await connect(fitting.url).code2Session(app, 'MARKED-code');
    expect(found).toEqual({ openid: session.openid, sessionKey: session.session_key });
    const error = await failure(connect(larger.url).code2Session(app, 'MARKED-code'));
    expect(error.message).toBe('WeChat is unavailable: UND_ERR_RES_EXCEEDED_MAX_SIZE at /sns/jscode2session');
  });

  it('when its reply never ends, and hangs up', async () => {
    let closed: () => void;
    const hungUp = new Promise<void>((resolve) => (closed = resolve));
    const { url } = await answering((response) => {
      const pour = () => {
        while (!response.destroyed && response.write(' '.repeat(64 * 1024)));
      };
      response.on('close', () => closed()).on('drain', pour);
      pour();
    });

    const error = await failure(connect(url).code2Session(app, 'MARKED-code'));

    expect(error.message).toBe('WeChat is unavailable: UND_ERR_RES_EXCEEDED_MAX_SIZE at /sns/jscode2session');
    await hungUp;
  });

  it('when its reply is no HTTP', async () => {
    const { url, codes } = await listening((socket) =>
      socket.end('MARKED bytes of another protocol\r\n\r\n'),
    );

    const error = await failure(connect(url).code2Session(app, 'MARKED-code'));

    expect(error.message).toBe('WeChat is unavailable: HTTPParserError at /sns/jscode2session');
    expect(codes).toEqual(['MARKED-code']);
  });

  it('when nobody listens', async () => {
    const server = await startScriptedWechat(() => ok);
    await server.close();

    const error = await failure(connect(server.url).code2Session(app, 'MARKED-code'));

    expect(error.message).toBe('WeChat is unavailable: ECONNREFUSED at /sns/jscode2session');
  });

  it('when its name cannot be resolved', async () => {
    const error = await failure(connect('http://wechat.invalid').code2Session(app, 'MARKED-code'));

    expect(error.message).toMatch(/^WeChat is unavailable: (ENOTFOUND|EAI_AGAIN) at /);
  });
});

describe('the deadline', () => {
  it.each([
    ['says nothing', (): void => undefined],
    ['stops within the headers', (socket: Socket) => void socket.write(reply.slice(0, 20))],
    ['stops within the body', (socket: Socket) => void socket.write(reply.slice(0, -1))],
  ])('ends a call when WeChat %s', async (_, behaviour) => {
    const { url, codes } = await listening(behaviour);

    const error = await failure(connect(url, 500).code2Session(app, 'MARKED-code'));

    expect(error.message).toBe('WeChat is unavailable: deadline exceeded at /sns/jscode2session');
    expect(codes).toEqual(['MARKED-code']);
  });

  it('ends a call whose connection is never established', async () => {
    const { port, connections } = await listening(() => undefined);

    const error = await failure(connect(`https://127.0.0.1:${port}`, 500).code2Session(app, 'MARKED-code'));

    expect(error.message).toBe('WeChat is unavailable: deadline exceeded at /sns/jscode2session');
    expect(error.sent).toBe(false);
    expect(connections()).toBe(1);
  });

  it('that is nearer than the time for a connection ends a call that is still connecting', async () => {
    const { port } = await listening(() => undefined);
    const exchange = new HttpExchange({ apiBaseUrl: `https://127.0.0.1:${port}`, timeoutMs: 60_000 });
    opened.push({ close: () => exchange.end() });

    const call = failure(
      exchange.send({ method: 'GET', path: '/sns/jscode2session' }, AbortSignal.timeout(100)),
    );
    // Timers of one process go off in the order of their times.
    const error = await Promise.race([call, wait(10_000, undefined, { ref: false })]);

    expect(error).toMatchObject({
      message: 'WeChat is unavailable: deadline exceeded at /sns/jscode2session',
      sent: false,
    });
  });

  it('of a call that hangs holds up no other call', async () => {
    const { url, close } = await listening((socket, _nth, _connection, code) => {
      if (code === 'MARKED-2') socket.write(reply);
    });
    const client = connect(url);

    const hanging = failure(client.code2Session(app, 'MARKED-1'));
    const answered = await client.code2Session(app, 'MARKED-2');

    expect(answered.openid).toBe(session.openid);
    await close();
    expect((await hanging).message).toBe('WeChat is unavailable: UND_ERR_SOCKET at /sns/jscode2session');
  });
});

describe('a one-time code is sent once', () => {
  it.each([
    ['is reset', (socket: Socket) => void socket.resetAndDestroy()],
    ['is closed', (socket: Socket) => void socket.end()],
    [
      'is reset within the reply',
      (socket: Socket) => void socket.write(reply.slice(0, -1), () => socket.resetAndDestroy()),
    ],
    ['is closed within the reply', (socket: Socket) => void socket.end(reply.slice(0, -1))],
  ])('when a fresh connection %s', async (_, behaviour) => {
    const { url, codes } = await listening(behaviour);

    await failure(connect(url).code2Session(app, 'MARKED-1'));

    expect(codes).toEqual(['MARKED-1']);
  });

  it.each([
    ['is reset', (socket: Socket) => void socket.resetAndDestroy()],
    ['is closed', (socket: Socket) => void socket.end()],
    [
      'is reset within the reply',
      (socket: Socket) => void socket.write(reply.slice(0, -1), () => socket.resetAndDestroy()),
    ],
  ])('when a reused connection %s, and the next call gets through on another', async (_, behaviour) => {
    const { url, codes, connections } = await listening((socket, nth, connection) => {
      if (connection === 0 && nth === 1) behaviour(socket);
      else socket.write(reply);
    });
    const client = connect(url);

    await client.code2Session(app, 'MARKED-1');
    await connectionsIdle();
    await failure(client.code2Session(app, 'MARKED-2'));
    await client.code2Session(app, 'MARKED-3');

    expect(codes).toEqual(['MARKED-1', 'MARKED-2', 'MARKED-3']);
    expect(connections()).toBe(2);
  });

  it('by many at once whose reused connections are all reset', async () => {
    const count = 20;
    let held: Socket[] = [];
    const { url, codes } = await listening((socket, nth) => {
      if (nth > 0) return void socket.resetAndDestroy();
      // Answered together, so that each call has a connection of its own to leave behind.
      held.push(socket);
      if (held.length === count) held = held.filter((waiting) => void waiting.write(reply));
    });
    const client = connect(url);
    const logins = (round: string) =>
      Array.from({ length: count }, (_, index) => client.code2Session(app, `MARKED-${round}-${index}`));

    await Promise.all(logins('first'));
    await connectionsIdle();
    await Promise.all(logins('second').map(failure));

    expect(codes).toHaveLength(2 * count);
    expect(new Set(codes).size).toBe(2 * count);
  });
});

it('connections are kept for the next call', async () => {
  const { url, connections } = await listening((socket) => void socket.write(reply));
  const client = connect(url);

  await client.code2Session(app, 'MARKED-1');
  await connectionsIdle();
  await client.code2Session(app, 'MARKED-2');

  expect(connections()).toBe(1);
});
