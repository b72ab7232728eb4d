import { ADMIN_TOKEN, miniProgram } from './sample.js';

/** Where the two processes of the demo listen. */
export interface Addresses {
  readonly port: number;
  readonly simulatorUrl: string;
}

/** The demo's database. Demos that run side by side share it. */
export const DATABASE = 'data/demo.sqlite';

/**
 * Every variable of the service, so that neither the shell nor a file `.env` has a say in the demo: an empty one
 * counts as unset.
 *
 * @param provisionFile path of `provision.example.yaml`
 */
export function serviceEnvironment(
  { port, simulatorUrl }: Addresses,
  provisionFile: string,
): Record<string, string> {
  return {
    NODE_ENV: 'development',
    HOST: '127.0.0.1',
    PORT: String(port),
    ISSUER: '',
    DATABASE_URL: `sqlite:${DATABASE}`,
    DATABASE_POOL_SIZE: '',
    MIGRATIONS_RUN: '',
    ENCRYPTION_KEY: '',
    DECRYPTION_KEYS: '',
    SIGNING_KEY_ROTATION_DAYS: '',
    ADMIN_TOKEN,
    AUDIT_RETENTION_DAYS: '',
    PROVISION_FILE: provisionFile,
    WECHAT_API_BASE_URL: simulatorUrl,
    WECHAT_TIMEOUT_MS: '',
    WECHAT_APP_SECRET: miniProgram.secret,
    REDIS_URL: '',
    WORKERS: '',
    RATE_LIMIT_PER_MINUTE: '',
    RATE_LIMIT_PER_CLIENT_PER_MINUTE: '',
    TRUST_PROXY: '',
    LOG_LEVEL: 'info',
    OTEL_EXPORTER_OTLP_ENDPOINT: '',
    GRANT_MODULES: '',
    SHUTDOWN_TIMEOUT_MS: '3000',
  };
}
