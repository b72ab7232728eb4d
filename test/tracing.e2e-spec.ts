import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator, type RunningSimulator } from '../src/simulator/start-simulator.js';
import {
  APP_ID,
  CLIENT_ID,
  JSCODE_GRANT,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../src/testing/factories.js';
import { freePort } from './support/free-port.js';
import { ISSUER } from '../src/testing/start-ciam.js';
import { ServiceProcess } from './support/service-process.js';
import { createTestDatabase, isMysql, type TestDatabase } from './support/test-database.js';
import {
  startScriptedWechat,
  type Answer,
  type ReceivedRequest,
  type ScriptedWechat,
} from './support/scripted-wechat.js';
import { startTraceCollector, type TraceCollector } from './support/trace-collector.js';

/** What must be in no trace, by what it is. */
const secrets = new Map<string, string>();

/** A value that nothing else contains. */
function marked(name: string): string {
  const value = `MARKED${name}${randomBytes(8).toString('hex')}`;
  secrets.set(name, value);
  return value;
}

/** What does not depend on the kind of database is tested once. */
const whatever = isMysql ? describe.skip : describe;

const APP_SECRET = marked('app secret');
const NICKNAME = marked('nickname');
const PHONE_NUMBER = '13912345678';
const TRACE_ID = 'a3ce929d0e0e4736b6c9f4d0a1b2c3d4';
const ENCRYPTION_KEY = randomBytes(32).toString('base64');
const CALLER_SPAN_ID = '00f067aa0ba902b7';

let folder: string;
let database: TestDatabase;
let simulator: RunningSimulator;
/** Between the service and the simulator, to see what is sent. */
let wechat: ScriptedWechat;
let collector: TraceCollector;
let service: ServiceProcess;

async function setUp(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'nest-ciam-tracing-'));
  database = await createTestDatabase({ shared: true });
  simulator = await startSimulator({
    apps: [{ appid: APP_ID, secret: APP_SECRET, minute_quota_per_user: 0, unionid: false }],
  });
  simulator.wechat.addUser({
    id: 'band',
    profile: { nickName: NICKNAME },
    phone: { countryCode: '86', purePhoneNumber: PHONE_NUMBER },
  });
  wechat = await startScriptedWechat(passOn);
  collector = await startTraceCollector();
  const provisioned = {
    applications: [anApplication({ grant_types: [JSCODE_GRANT, 'refresh_token'], refresh_token_ttl: 3600 })],
    auth_sources: [
      anAuthSource({
        app_secret: APP_SECRET,
        attribute_mapping: [
          { from: 'nickName', to: 'nickname' },
          { from: 'phoneNumber', to: 'phone_number' },
        ],
      }),
    ],
  };
  await writeFile(join(folder, 'provision.yaml'), JSON.stringify(provisioned));
}

async function tearDown(): Promise<void> {
  service.signal('SIGKILL');
  await service.end;
  await collector.close();
  await wechat.close();
  await simulator.close();
  await database.drop();
  await rm(folder, { recursive: true });
}

function start(environment: Record<string, string> = {}): ServiceProcess {
  service = new ServiceProcess(folder, {
    PORT: '0',
    ISSUER,
    DATABASE_URL: database.url,
    ENCRYPTION_KEY,
    PROVISION_FILE: 'provision.yaml',
    WECHAT_API_BASE_URL: wechat.url,
    WECHAT_TIMEOUT_MS: '10000',
    RATE_LIMIT_PER_MINUTE: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    ...environment,
  });
  return service;
}

async function passOn({ method, path, query, body }: ReceivedRequest): Promise<Answer> {
  const url = new URL(`${path}?${new URLSearchParams(query).toString()}`, simulator.url);
  const asked = fetch(url, { method, body: body && JSON.stringify(body) });
  const text = await asked.then((response) => response.text()).catch(() => undefined);
  if (text === undefined) return (response) => response.destroy();
  for (const [, name, value] of text.matchAll(/"(access_token|session_key|openid)":"([^"]+)"/g)) {
    secrets.set(`WeChat's ${name}`, value!);
  }
  return text;
}

/** Whatever is left is exported when the service ends. */
async function end(): Promise<void> {
  service.signal('SIGTERM');
  expect(await service.end).toEqual({ code: 0, signal: null });
}

async function post(path: string, body: object, headers: Record<string, string> = {}) {
  const response = await fetch(new URL(path, await service.url()), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Connection: 'close', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, answer: (await response.json()) as Record<string, string> };
}

async function get(path: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(new URL(path, await service.url()), {
    headers: { Connection: 'close', ...headers },
  });
  await response.arrayBuffer();
  return response.status;
}

describe('a login that is traced', () => {
  beforeAll(async () => {
    await setUp();
    secrets.set('app secret', APP_SECRET).set('nickname', NICKNAME).set('phone number', PHONE_NUMBER);
    start();
    const login = {
      ...loginRequest(simulator.wechat.login(APP_ID, 'band')),
      getUserInfo: true,
      ...simulator.wechat.encryptedData(APP_ID, 'band'),
      getPhoneNumber: true,
      phone_code: simulator.wechat.phoneCode(APP_ID, 'band'),
    };
    for (const name of ['js_code', 'encryptedData', 'iv', 'phone_code'] as const)
      secrets.set(name, login[name]);
    const { status, answer } = await post(`/oauth2/token?hint=${marked('query')}`, login, {
      traceparent: `00-${TRACE_ID}-${CALLER_SPAN_ID}-01`,
      tracestate: `vendor=${marked('tracestate')}`,
      baggage: `user=${marked('baggage')}`,
      'User-Agent': marked('user agent'),
      'X-Forwarded-For': '203.0.113.77',
    });
    secrets.set('client address', '203.0.113.77');
    expect(status).toBe(200);
    for (const name of ['access_token', 'id_token', 'refresh_token']) secrets.set(name, answer[name]!);
    const bearer = { Authorization: `Bearer ${secrets.get('access_token')}` };
    expect(await get('/userinfo', bearer)).toBe(200);
    expect(await get(`/${marked('path')}?token=${marked('another query')}`)).toBe(404);
    expect(await get(`/admin/v1/users?phone_number=%2B86${PHONE_NUMBER}`, bearer)).toBe(404);
    const refresh = { grant_type: 'refresh_token', client_id: CLIENT_ID };
    const refreshToken = { refresh_token: secrets.get('refresh_token') };
    const refreshed = await post('/oauth2/token', { ...refresh, ...refreshToken });
    secrets.set('next refresh_token', refreshed.answer.refresh_token!);
    expect((await post('/oauth2/token', loginRequest(marked('wrong js_code')))).status).toBe(400);
    simulator.wechat.fault({ path: '/sns/jscode2session', kind: 'reset' });
    expect((await post('/oauth2/token', loginRequest(marked('unlucky js_code')))).status).toBe(503);
    await end();
  });
  afterAll(tearDown);

  it('has the request, the calls to WeChat and the statements in it', () => {
    const spans = collector.spans.filter(({ traceId }) => traceId === TRACE_ID);
    const [request, ...others] = spans.filter(({ kind }) => kind === 'server');
    expect([request, others]).toEqual([
      {
        traceId: TRACE_ID,
        spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
        parentSpanId: CALLER_SPAN_ID,
        name: 'POST /oauth2/token',
        kind: 'server',
        attributes: {
          'http.request.method': 'POST',
          'http.route': '/oauth2/token',
          'http.response.status_code': 200,
          'url.scheme': 'http',
        },
        service: 'nest-ciam',
        unsafeFields: 0,
      },
      [],
    ]);
    const below = spans.filter(({ parentSpanId }) => parentSpanId === request!.spanId);
    expect(below).toHaveLength(spans.length - 1);
    const calls = below.filter(({ attributes }) => 'url.path' in attributes);
    expect(calls.map(({ name, kind, attributes }) => ({ name, kind, attributes }))).toEqual(
      ['GET /sns/jscode2session', 'POST /cgi-bin/stable_token', 'POST /wxa/business/getuserphonenumber'].map(
        (name) => ({
          name,
          kind: 'client',
          attributes: {
            'http.request.method': name.split(' ')[0],
            'http.response.status_code': 200,
            'url.path': name.split(' ')[1],
            'url.scheme': 'http',
            'server.address': '127.0.0.1',
            'server.port': Number(new URL(wechat.url).port),
          },
        }),
      ),
    );
    const statements = below.filter(({ attributes }) => 'db.system.name' in attributes);
    expect(calls.length + statements.length).toBe(below.length);
    const texts = statements.map(({ attributes }) => String(attributes['db.query.text']));
    if (isMysql) {
      expect(texts).toEqual(
        expect.arrayContaining([
          'START TRANSACTION',
          expect.stringMatching(/^INSERT INTO `users`\(.*\) VALUES \(\?(, \?)*\)$/),
          expect.stringMatching(/^INSERT INTO `refresh_tokens`\(.*\) VALUES \(\?(, (\?|NULL))*\)$/),
          'COMMIT',
        ]),
      );
    } else {
      expect(texts).toEqual([]);
    }
  });

  it('tells no secret, whatever goes right or wrong, and WeChat nothing of the trace', () => {
    const payload = collector.payload();
    for (const [name, secret] of secrets) {
      expect({
        name,
        isTold: payload.includes(secret) || payload.includes(encodeURIComponent(secret)),
      }).toEqual({
        name,
        isTold: false,
      });
    }
    // The search would find them.
    expect(payload).toContain('/sns/jscode2session');
    expect(collector.spans.filter(({ unsafeFields }) => unsafeFields > 0)).toEqual([]);
    for (const { attributes } of collector.spans) {
      expect(Object.values(attributes).filter((value) => /[?&]\w+=/.test(String(value)))).toEqual([]);
    }
    const names = collector.spans.filter(({ kind }) => kind === 'server').map(({ name }) => name);
    expect(names).toEqual([
      'POST /oauth2/token',
      'GET /userinfo',
      'GET',
      'GET /admin/v1/users',
      ...Array<string>(3).fill('POST /oauth2/token'),
    ]);
    const told = wechat.requests.flatMap(({ headers }) => Object.keys(headers));
    expect(told).toContain('host');
    expect(told.filter((name) => /trace|baggage|b3/.test(name))).toEqual([]);
  });
});

whatever('tracing', () => {
  beforeEach(setUp);
  afterEach(tearDown);

  it('has a name and headers of the standard variables, comes from every worker, and leaves probes out', async () => {
    start({
      WORKERS: '2',
      OTEL_SERVICE_NAME: 'sign-in',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=collector-key',
    });
    await service.said('Listening on ', 2);
    for (let request = 0; request < 4; request++) {
      expect(await get('/oauth2/jwks')).toBe(200);
      expect(await get('/health/ready')).toBe(200);
      expect(await get('/metrics')).toBe(200);
    }
    await end();
    const pids = service.lines.filter(({ path }) => path === '/oauth2/jwks').map(({ pid }) => pid);
    expect(new Set(pids).size).toBe(2);
    expect(collector.spans.map(({ name, service }) => [name, service])).toEqual(
      Array(4).fill(['GET /oauth2/jwks', 'sign-in']),
    );
    expect(collector.headers.map((headers) => headers['api-key'])).toEqual(
      collector.headers.map(() => 'collector-key'),
    );
  });

  it('says once that the collector is away, and goes on', async () => {
    const port = await freePort();
    start({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '100',
      OTEL_BSP_SCHEDULE_DELAY: '20',
    });
    expect(await get('/oauth2/jwks')).toBe(200);
    await service.said('The collector does not take traces');
    expect(await get('/oauth2/jwks')).toBe(200);
    const late = await startTraceCollector(port);
    try {
      // Those that waited while it was away may be the first that it takes.
      const again = service.said('The collector takes traces again');
      expect(await get('/oauth2/jwks')).toBe(200);
      await again;
      await end();
      const lines = service.lines.filter(({ context }) => context === 'Tracing');
      expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
        ['warn', 'The collector does not take traces: they are lost until it does'],
        ['info', 'The collector takes traces again'],
      ]);
      expect(late.spans.length).toBeGreaterThan(0);
    } finally {
      await late.close();
    }
  });

  it('ends in time when the collector hangs', async () => {
    const hanging = createServer().listen(0, '127.0.0.1');
    await once(hanging, 'listening');
    const { port } = hanging.address() as AddressInfo;
    start({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, SHUTDOWN_TIMEOUT_MS: '1' });
    expect(await get('/oauth2/jwks')).toBe(200);
    await end();
    hanging.close();
  });

  it('is not even loaded when it is not wanted', async () => {
    const watch = join(folder, 'watch.mjs');
    await writeFile(
      watch,
      `import { createRequire } from 'node:module';
       const { cache } = createRequire(import.meta.url);
       process.once('SIGUSR2', () => {
         // prom-client loads the API, which does nothing by itself.
         const loaded = Object.keys(cache).filter((path) => /@opentelemetry\\/(?!api\\/)/.test(path));
         console.log(JSON.stringify({ msg: 'Loaded', count: loaded.length }));
       });`,
    );
    const counts: unknown[] = [];
    for (const endpoint of ['', collector.url]) {
      start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, NODE_OPTIONS: `--import ${watch}` });
      await service.url();
      service.signal('SIGUSR2');
      const [line] = await service.said('Loaded');
      counts.push(line!.count);
      await end();
    }
    expect(counts).toEqual([0, expect.any(Number)]);
    expect(counts[1]).toBeGreaterThan(10);
  });
});
