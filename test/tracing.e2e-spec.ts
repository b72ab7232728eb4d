import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator, type RunningSimulator } from '../src/simulator/start-simulator.js';
import { APP_ID, CLIENT_ID, JSCODE_GRANT, anApplication, anAuthSource } from './support/factories.js';
import { freePort } from './support/free-port.js';
import { ISSUER, loginBody } from './support/service.js';
import { ServiceProcess } from './support/service-process.js';
import { createTestDatabase, isMysql, type TestDatabase } from './support/test-database.js';
import { startTraceCollector, type TraceCollector } from './support/trace-collector.js';

const marked = (name: string) => `MARKED${name}${randomBytes(8).toString('hex')}`;

const APP_SECRET = marked('appsecret');
const NICKNAME = marked('nickname');
const PHONE_NUMBER = '13912345678';
const TRACE_ID = 'a3ce929d0e0e4736b6c9f4d0a1b2c3d4';
const CALLER_SPAN_ID = '00f067aa0ba902b7';

let folder: string;
let database: TestDatabase;
let simulator: RunningSimulator;
let collector: TraceCollector;
let service: ServiceProcess | undefined;

beforeEach(async () => {
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
  collector = await startTraceCollector();
  const provisioned = {
    applications: [
      anApplication({ grant_types: [JSCODE_GRANT, 'refresh_token'], refresh_token_ttl: 3600 }),
    ],
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
});

afterEach(async () => {
  service?.signal('SIGKILL');
  await service?.end;
  await collector.close();
  await simulator.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

function start(environment: Record<string, string> = {}): ServiceProcess {
  service = new ServiceProcess(folder, {
    PORT: '0',
    ISSUER,
    DATABASE_URL: database.url,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    PROVISION_FILE: 'provision.yaml',
    WECHAT_API_BASE_URL: simulator.url,
    WECHAT_TIMEOUT_MS: '10000',
    RATE_LIMIT_PER_MINUTE: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    ...environment,
  });
  return service;
}

/** Whatever is left is exported when the service ends. */
async function end(): Promise<void> {
  service!.signal('SIGTERM');
  expect(await service!.end).toEqual({ code: 0, signal: null });
}

async function post(path: string, body: object, headers: Record<string, string> = {}) {
  const response = await fetch(new URL(path, await service!.url()), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Connection: 'close', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, answer: (await response.json()) as Record<string, string> };
}

describe('traces', () => {
  it('of a login have the request, the calls to WeChat and the statements in it, and no secret', async () => {
    start();
    await service!.url();
    const { wechat } = simulator;
    const login = {
      ...loginBody(wechat.login(APP_ID, 'band')),
      getUserInfo: true,
      ...wechat.encryptedData(APP_ID, 'band'),
      getPhoneNumber: true,
      phone_code: wechat.phoneCode(APP_ID, 'band'),
    };
    const traced = {
      traceparent: `00-${TRACE_ID}-${CALLER_SPAN_ID}-01`,
      tracestate: `vendor=${marked('tracestate')}`,
      baggage: `user=${marked('baggage')}`,
      'User-Agent': marked('useragent'),
    };
    const { status, answer } = await post(`/oauth2/token?hint=${marked('query')}`, login, traced);
    expect(status).toBe(200);
    const bearer = { Authorization: `Bearer ${answer.access_token}` };
    await fetch(new URL(`/userinfo`, await service!.url()), { headers: bearer });
    await fetch(new URL(`/${marked('path')}?token=${marked('query')}`, await service!.url()));
    const refresh = { grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token: answer.refresh_token! };
    expect((await post('/oauth2/token', refresh)).status).toBe(200);
    expect((await post('/oauth2/token', { ...loginBody(marked('jscode')) })).status).toBe(400);
    await fetch(new URL('/health/ready', await service!.url()));
    await fetch(new URL('/metrics', await service!.url()));
    await end();
    console.log(JSON.stringify(collector.spans, null, 1).slice(0, 12000), service!.lines.slice(-5), service!.stderr);
  });
});
