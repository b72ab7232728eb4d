import { randomBytes } from 'node:crypto';
import { type AddressInfo } from 'node:net';
import { type Type } from '@nestjs/common';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { AppModule } from '../../src/app.module.js';
import { type ApplicationSettings } from '../../src/applications/application-settings.js';
import { ApplicationsService } from '../../src/applications/applications.service.js';
import { type AuthSourceSettings } from '../../src/auth-sources/auth-source-settings.js';
import { AuthSourcesService } from '../../src/auth-sources/auth-sources.service.js';
import { ENVIRONMENT } from '../../src/config/config.module.js';
import { configureApp } from '../../src/configure-app.js';
import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { startSimulator, type RunningSimulator } from '../../src/simulator/start-simulator.js';
import { APP_ID, APP_SECRET, AUTH_SOURCE_ID, CLIENT_ID, JSCODE_GRANT } from './factories.js';
import { createTestDatabase } from './test-database.js';

export const ISSUER = 'https://sample.portal.example.com';
/** A busy machine is no reason for WeChat's being unavailable. Tests in which it hangs say how long. */
export const PATIENT_WECHAT_MS = '30000';

export interface RunningService {
  readonly url: string;
  readonly app: NestExpressApplication;
  readonly simulator: RunningSimulator;
  readonly dataSource: DataSource;
  /** Creates or changes applications and auth sources. */
  register(settings: {
    applications?: ApplicationSettings[];
    authSources?: AuthSourceSettings[];
  }): Promise<void>;
  /** Deletes applications and auth sources, whatever belongs to them. */
  unregister(ids: { applications?: string[]; authSources?: string[] }): Promise<void>;
  /** Sends a token request as JSON. */
  token(body: object, headers?: Record<string, string>): Promise<Response>;
  /** Sends a form, without one nothing. */
  post(path: string, form?: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  /** A login of a simulated WeChat user at the sample application. */
  login(user: string, extra?: object): Promise<Response>;
  close(): Promise<void>;
}

/**
 * Starts the whole service in this process, with a WeChat simulator behind it, on a database of its own; or on the
 * caller's, which is named by `DATABASE_URL`.
 *
 * @param modules what an operator would add
 */
export async function startService(
  environment: Record<string, string> = {},
  modules: Type[] = [],
): Promise<RunningService> {
  const database = environment.DATABASE_URL === undefined ? await createTestDatabase() : undefined;
  const simulator = await startSimulator({
    apps: [{ appid: APP_ID, secret: APP_SECRET, minute_quota_per_user: 0, unionid: false }],
  });
  const module = await Test.createTestingModule({ imports: [AppModule, ...modules] })
    .overrideProvider(ENVIRONMENT)
    .useValue({
      ISSUER,
      DATABASE_URL: database?.url,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      WECHAT_API_BASE_URL: simulator.url,
      WECHAT_TIMEOUT_MS: PATIENT_WECHAT_MS,
      RATE_LIMIT_PER_MINUTE: '0',
      LOG_LEVEL: 'silent',
      ...environment,
    })
    .compile();
  const app = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
  const close = async () => {
    // A client keeps its connections for longer than a test lasts.
    app.getHttpServer().closeAllConnections();
    await app.close();
    await simulator.close();
    await database?.drop();
  };
  try {
    configureApp(app);
    await app.listen(Number(environment.PORT ?? 0), '127.0.0.1');
  } catch (error) {
    await close();
    throw error;
  }
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const token = (body: object, headers: Record<string, string> = {}) =>
    fetch(`${url}/oauth2/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return {
    url,
    app,
    simulator,
    dataSource: app.get(DataSource),
    register: ({ applications = [], authSources = [] }) =>
      app.get(UnitOfWork).run(async (manager) => {
        for (const settings of applications) await app.get(ApplicationsService).save(manager, settings);
        for (const settings of authSources) await app.get(AuthSourcesService).save(manager, settings);
      }),
    unregister: ({ applications = [], authSources = [] }) =>
      app.get(UnitOfWork).run(async (manager) => {
        for (const id of applications) await app.get(ApplicationsService).remove(manager, id);
        for (const id of authSources) await app.get(AuthSourcesService).remove(manager, id);
      }),
    token,
    post: (path, form, headers = {}) =>
      fetch(url + path, { method: 'POST', headers, body: form && new URLSearchParams(form) }),
    login: (user, extra = {}) => token({ ...loginBody(simulator.wechat.login(APP_ID, user)), ...extra }),
    close,
  };
}

/** A login request with nothing optional in it. */
export function loginBody(jsCode: string) {
  return { grant_type: JSCODE_GRANT, client_id: CLIENT_ID, auth_source_id: AUTH_SOURCE_ID, js_code: jsCode };
}

/** An answer as a test compares it: status, body and the headers that a client sees of the protocol. */
export async function seen(response: Response): Promise<{ status: number; body: unknown }> {
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}
