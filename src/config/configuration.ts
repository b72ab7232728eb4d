import { z } from 'zod';
import { AdminConfig, adminConfig, adminVariables } from './admin.config.js';
import { AuditConfig, auditConfig, auditVariables } from './audit.config.js';
import { ConfigurationError, problemsOf } from './configuration-error.js';
import { DatabaseConfig, databaseConfig, databaseVariables } from './database.config.js';
import { EncryptionConfig, encryptionVariables } from './encryption.config.js';
import { type EnvironmentVariables } from './environment.js';
import { ExtensionConfig, extensionConfig, extensionVariables } from './extension.config.js';
import { generatedKey } from './generated-key.js';
import { HttpConfig, httpConfig, httpVariables } from './http.config.js';
import { LoggingConfig, loggingConfig, loggingVariables } from './logging.config.js';
import { isPlaceholder } from './placeholder.js';
import { ProvisioningConfig, provisioningConfig, provisioningVariables } from './provisioning.config.js';
import { RateLimitConfig, rateLimitConfig, rateLimitVariables } from './rate-limit.config.js';
import { SigningKeysConfig, signingKeysConfig, signingKeysVariables } from './signing-keys.config.js';
import { TracingConfig, tracingConfig, tracingVariables } from './tracing.config.js';
import { WechatConfig, wechatConfig, wechatVariables } from './wechat.config.js';

const variables = z.object({
  ...httpVariables,
  ...databaseVariables,
  ...encryptionVariables,
  ...signingKeysVariables,
  ...adminVariables,
  ...auditVariables,
  ...provisioningVariables,
  ...wechatVariables,
  ...rateLimitVariables,
  ...loggingVariables,
  ...tracingVariables,
  ...extensionVariables,
});

/** Every variable that is read. */
export const variableNames: readonly string[] = Object.keys(variables.shape);

/** Every feature's slice, under the class it is injected by. */
export class Configuration {
  constructor(private readonly slices: ReadonlyMap<unknown, unknown>) {}

  get<Slice>(type: abstract new () => Slice): Slice {
    return this.slices.get(type) as Slice;
  }
}

/** Where a key is kept that was generated because `ENCRYPTION_KEY` is unset. */
const GENERATED_KEY_FILE = 'data/encryption.key';

/**
 * The whole configuration.
 *
 * An empty variable counts as unset.
 *
 * @param keyOf where the key comes from when `ENCRYPTION_KEY` is unset, by the path of the file that it is kept in
 * @throws ConfigurationError naming every offending variable
 */
export function readConfiguration(
  environment: EnvironmentVariables,
  keyOf: (path: string) => Buffer = generatedKey,
): Configuration {
  const present: EnvironmentVariables = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== ''),
  );
  const parsed = variables.safeParse(present);
  const problems = parsed.success ? [] : problemsOf(parsed.error);
  problems.push(...contradictions(present));
  if (present.NODE_ENV === 'production') problems.push(...productionProblems(present));
  if (!parsed.success || problems.length > 0) {
    throw new ConfigurationError(problems);
  }
  const env = parsed.data;
  const encryption: EncryptionConfig = {
    key: env.ENCRYPTION_KEY ?? keyOf(GENERATED_KEY_FILE),
    decryptionKeys: env.DECRYPTION_KEYS,
  };
  const slices = new Map<unknown, unknown>([
    [HttpConfig, httpConfig(env)],
    [DatabaseConfig, databaseConfig(env)],
    [EncryptionConfig, encryption],
    [SigningKeysConfig, signingKeysConfig(env)],
    [AdminConfig, adminConfig(env)],
    [AuditConfig, auditConfig(env)],
    [ProvisioningConfig, provisioningConfig(env, present)],
    [WechatConfig, wechatConfig(env)],
    [RateLimitConfig, rateLimitConfig(env)],
    [LoggingConfig, loggingConfig(env)],
    [TracingConfig, tracingConfig(env)],
    [ExtensionConfig, extensionConfig(env)],
  ]);
  return new Configuration(slices);
}

/** Values that are right by themselves and wrong together. */
function contradictions(environment: EnvironmentVariables): string[] {
  const problems: string[] = [];
  if (Number(environment.PORT ?? '3000') === 0 && !environment.ISSUER) {
    problems.push('ISSUER: is required when PORT is 0, any free port');
  }
  if (environment.DATABASE_URL === 'sqlite::memory:' && (environment.WORKERS ?? '1') !== '1') {
    problems.push('WORKERS: must be 1 with sqlite::memory:, which belongs to one process');
  }
  return problems;
}

/** In production nothing is generated and nothing is left as the examples have it. */
function productionProblems(environment: EnvironmentVariables): string[] {
  const problems: string[] = [];
  for (const name of ['ISSUER', 'ENCRYPTION_KEY']) {
    if (!environment[name]) problems.push(`${name}: is required in production`);
  }
  for (const name of ['ENCRYPTION_KEY', 'ADMIN_TOKEN']) {
    const value = environment[name];
    if (value && isPlaceholder(value)) problems.push(`${name}: is a placeholder, which production refuses`);
  }
  return problems;
}
