import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { APP_ID } from '../people/people.js';
import { Program } from './program.js';

export const JSCODE_GRANT = 'http://tencentciam.com/oauth2/grant-type/social/wechat/jscode';
export const AUTH_SOURCE = 'BENCH_AUTH_SOURCE';
/** By what they differ in. */
export const CLIENTS = { rs256: 'BENCH_RS256', es256: 'BENCH_ES256', refresh: 'BENCH_REFRESH' } as const;
export type Client = keyof typeof CLIENTS;

/** Who asks about tokens: a confidential application. */
export const RESOURCE_SERVER = { id: 'BENCH_RESOURCE_SERVER', secret: 'bench-resource-server-secret' };

const APP_SECRET = 'bench-wechat-app-secret';

const provisioning = `
applications:
${Object.entries(CLIENTS).map(application).join('')}
  - client_id: ${RESOURCE_SERVER.id}
    type: web
    client_secret_env: RESOURCE_SERVER_SECRET
auth_sources:
  - id: ${AUTH_SOURCE}
    type: wechat_mini_program
    app_id: ${APP_ID}
    app_secret_env: WECHAT_APP_SECRET
    applications: [${Object.values(CLIENTS).join(', ')}]
    attribute_mapping:
      - { from: nickName, to: nickname }
      - { from: avatarUrl, to: picture }
      - { from: phoneNumber, to: phone_number }
`;

function application([kind, id]: [string, string]): string {
  return `
  - client_id: ${id}
    type: mini_program
    grant_types: [${JSCODE_GRANT}, refresh_token]
    scopes: [openid, profile, phone]
    signing_alg: ${kind === 'es256' ? 'ES256' : 'RS256'}
    refresh_token_ttl: ${kind === 'refresh' ? 86400 : 0}
    access_token_ttl: 3600
`;
}

export interface ServiceSettings {
  readonly databaseUrl: string;
  readonly wechatUrl: string;
  readonly workers?: number;
  readonly nodeOptions?: readonly string[];
}

/** Our service as built for production, as it runs there but for the rate limit. */
export class ServiceInstances {
  /** One for all: what one has encrypted, the next on the same database has to read. */
  private readonly encryptionKey = randomBytes(32).toString('base64');

  private constructor(private readonly provisionFile: string) {}

  /** @param folder of the caller's, for files */
  static async in(folder: string): Promise<ServiceInstances> {
    const file = join(folder, 'provision.yaml');
    await writeFile(file, provisioning);
    return new ServiceInstances(file);
  }

  start({ databaseUrl, wechatUrl, workers = 1, nodeOptions }: ServiceSettings): Promise<Program> {
    const environment = {
      ISSUER: 'https://id.example.com',
      DATABASE_URL: databaseUrl,
      ENCRYPTION_KEY: this.encryptionKey,
      PROVISION_FILE: this.provisionFile,
      WECHAT_APP_SECRET: APP_SECRET,
      RESOURCE_SERVER_SECRET: RESOURCE_SERVER.secret,
      WECHAT_API_BASE_URL: wechatUrl,
      RATE_LIMIT_PER_MINUTE: '0',
      WORKERS: String(workers),
    };
    return Program.start({ main: 'src/main.js', environment, nodeOptions, ready: '/health/ready' });
  }
}
