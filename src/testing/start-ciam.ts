import { randomBytes } from 'node:crypto';
import { type AddressInfo } from 'node:net';
import { type LoggerService } from '@nestjs/common';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { type ApplicationSettings } from '../applications/application-settings.js';
import { ApplicationsService } from '../applications/applications.service.js';
import { type AuthSourceSettings } from '../auth-sources/auth-source-settings.js';
import { AuthSourcesService } from '../auth-sources/auth-sources.service.js';
import { CiamModule } from '../ciam.module.js';
import { configureApp } from '../configure-app.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { type GrantDeclaration } from '../oauth/grants/grant-declaration.js';
import { startSimulator, type RunningSimulator } from '../simulator/start-simulator.js';
import { APP_ID, APP_SECRET, anApplication, anAuthSource, loginRequest } from './factories.js';

/**
 * The `iss` of the tokens, unless a test says otherwise.
 *
 * @publicApi
 */
export const ISSUER = 'https://sample.portal.example.com';

/** A busy machine is no reason for WeChat's being unavailable. Tests in which it hangs say how long. */
export const PATIENT_WECHAT_MS = '30000';

/**
 * What a test changes of a service.
 *
 * @publicApi
 */
export interface CiamTestOptions {
  /** Environment variables, over those of a test: SQLite in memory, no rate limit, silence. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Strategies, and modules of strategies, besides the service's own. */
  readonly grants?: readonly GrantDeclaration[];
  /** Default: the sample mini program. */
  readonly applications?: readonly ApplicationSettings[];
  /** Default: the sample auth source, linked to the sample mini program. */
  readonly authSources?: readonly AuthSourceSettings[];
  /** Who is told what the service logs; default: nobody. */
  readonly logger?: LoggerService;
}

/**
 * The answer to a login.
 *
 * @see RFC 6749 §5.1
 * @publicApi
 */
export interface IssuedTokens {
  readonly access_token: string;
  /** Only when the application has refresh tokens. */
  readonly refresh_token: string;
  readonly id_token: string;
  readonly scope: string;
  readonly token_type: string;
  readonly expires_in: number;
}

/**
 * A whole service in this process, listening, with a WeChat simulator behind it.
 *
 * @publicApi
 */
export interface RunningCiam {
  /** Base URL without a trailing slash. */
  readonly url: string;
  readonly app: NestExpressApplication;
  readonly simulator: RunningSimulator;
  readonly dataSource: DataSource;
  /** Creates or changes applications and auth sources. */
  register(settings: {
    applications?: readonly ApplicationSettings[];
    authSources?: readonly AuthSourceSettings[];
  }): Promise<void>;
  /** Deletes applications and auth sources, whatever belongs to them. */
  unregister(ids: { applications?: readonly string[]; authSources?: readonly string[] }): Promise<void>;
  /** Sends a token request as JSON. */
  token(body: object, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Sends a form, without one nothing. */
  post(
    path: string,
    form?: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>;
  /** A login of a simulated WeChat user at the sample application; `extra` parameters over those of it. */
  login(user: string, extra?: object): Promise<Response>;
  /**
   * The tokens of such a login, by a WeChat user who is made if there is none of that name.
   *
   * @throws Error with the answer, when it is not 200
   */
  loginAs(user: string, extra?: object): Promise<IssuedTokens>;
  close(): Promise<void>;
}

/**
 * Starts the whole service in this process, by `@nestjs/testing`, on a database of its own in memory.
 *
 * @throws Error when it does not start; then nothing is left of it
 * @publicApi
 */
export async function startCiam(options: CiamTestOptions = {}): Promise<RunningCiam> {
  const {
    environment = {},
    grants,
    applications = [anApplication()],
    authSources = [anAuthSource()],
    logger = false,
  } = options;
  const simulator = await startSimulator({
    apps: [{ appid: APP_ID, secret: APP_SECRET, minute_quota_per_user: 0, unionid: false }],
  });
  const variables = {
    ISSUER,
    DATABASE_URL: 'sqlite::memory:',
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    WECHAT_API_BASE_URL: simulator.url,
    WECHAT_TIMEOUT_MS: PATIENT_WECHAT_MS,
    RATE_LIMIT_PER_MINUTE: '0',
    LOG_LEVEL: 'silent',
    ...environment,
  };
  let app: NestExpressApplication | undefined;
  const close = async () => {
    // A client keeps its connections for longer than a test lasts.
    app?.getHttpServer().closeAllConnections();
    await app?.close();
    await simulator.close();
  };
  try {
    const module = await Test.createTestingModule({
      imports: [CiamModule.forRoot({ environment: variables, grants })],
    }).compile();
    app = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger });
    configureApp(app);
    await app.listen(Number(environment.PORT ?? 0), '127.0.0.1');
    const ciam = running(app, simulator, close);
    // With nobody to register there may be no tables yet.
    if (applications.length + authSources.length > 0) await ciam.register({ applications, authSources });
    return ciam;
  } catch (error) {
    await close();
    throw error;
  }
}

function running(
  app: NestExpressApplication,
  simulator: RunningSimulator,
  close: () => Promise<void>,
): RunningCiam {
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const token = (body: object, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${url}/oauth2/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const login = (user: string, extra: object = {}) =>
    token({ ...loginRequest(simulator.wechat.login(APP_ID, user)), ...extra });
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
    login,
    loginAs: async (user, extra) => {
      simulator.wechat.addUser({ id: user });
      const response = await login(user, extra);
      if (response.status !== 200) throw new Error(`No login: ${await response.text()}`);
      return (await response.json()) as IssuedTokens;
    },
    close,
  };
}
