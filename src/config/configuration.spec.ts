import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { AdminConfig } from './admin.config.js';
import { AuditConfig } from './audit.config.js';
import { ConfigurationError } from './configuration-error.js';
import { readConfiguration, variableNames } from './configuration.js';
import { DatabaseConfig } from './database.config.js';
import { EncryptionConfig } from './encryption.config.js';
import { HttpConfig } from './http.config.js';
import { LoggingConfig } from './logging.config.js';
import { ProvisioningConfig } from './provisioning.config.js';
import { RateLimitConfig } from './rate-limit.config.js';
import { TracingConfig } from './tracing.config.js';
import { WechatConfig } from './wechat.config.js';

const KEY = Buffer.from('0123456789abcdef0123456789ABCDEF').toString('base64');
const TOKEN = 'k3v9Qm2Lr8Xw5Zt1Yb7Nc4Hd6Jf0Gs2P';

/** What the configuration says about an environment; `undefined` when it is content. */
function complaint(environment: Record<string, string>): string | undefined {
  try {
    readConfiguration({ ENCRYPTION_KEY: KEY, ...environment });
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
}

describe('defaults', () => {
  it('are those of a development machine', () => {
    const configuration = readConfiguration({ ENCRYPTION_KEY: KEY, REDIS_URL: '' });
    expect(configuration.get(HttpConfig)).toEqual({
      host: '127.0.0.1',
      port: 3000,
      issuer: 'http://127.0.0.1:3000',
      workers: 1,
      trustProxy: false,
      shutdownTimeoutMs: 10_000,
    });
    expect(configuration.get(DatabaseConfig)).toEqual({
      url: 'sqlite:data/ciam.sqlite',
      poolSize: 10,
      migrationsRun: true,
    });
    expect(configuration.get(EncryptionConfig).key.toString('base64')).toBe(KEY);
    expect(configuration.get(EncryptionConfig).decryptionKeys).toEqual([]);
    expect(configuration.get(AuditConfig)).toEqual({ retentionDays: 180 });
    expect(configuration.get(AdminConfig)).toEqual({ token: undefined });
    expect(configuration.get(ProvisioningConfig).file).toBeUndefined();
    expect(configuration.get(WechatConfig)).toEqual({
      apiBaseUrl: 'https://api.weixin.qq.com',
      timeoutMs: 3000,
    });
    expect(configuration.get(RateLimitConfig)).toEqual({
      perMinute: 600,
      perClientPerMinute: 0,
      redisUrl: undefined,
    });
    expect(configuration.get(LoggingConfig)).toEqual({ level: 'info' });
    expect(configuration.get(TracingConfig)).toEqual({ endpoint: undefined });
  });

  it('let the issuer follow the port', () => {
    const { issuer } = readConfiguration({ ENCRYPTION_KEY: KEY, PORT: '8080' }).get(HttpConfig);
    expect(issuer).toBe('http://127.0.0.1:8080');
  });
});

describe('a malformed variable', () => {
  it.each([
    ['NODE_ENV', 'Production', 'must be a lower-case word: development, test or production'],
    ['NODE_ENV', 'prod', 'must be a lower-case word: development, test or production'],
    ['HOST', 'http://0.0.0.0', 'must be a host name or an IP address'],
    ['PORT', 'http', 'must be a whole number from 0 to 65535'],
    ['PORT', '65536', 'must be a whole number from 0 to 65535'],
    ['ISSUER', 'id.example.com', 'must be an http or https URL without query, fragment or credentials'],
    [
      'ISSUER',
      'https://id.example.com?',
      'must be an http or https URL without query, fragment or credentials',
    ],
    [
      'DATABASE_URL',
      'postgres://localhost/ciam',
      'must be sqlite:PATH or mysql://user:password@host:port/name',
    ],
    ['DATABASE_URL', 'mysql://localhost', 'must be sqlite:PATH or mysql://user:password@host:port/name'],
    ['DATABASE_POOL_SIZE', '0', 'must be a whole number from 1 to 1000'],
    ['MIGRATIONS_RUN', 'yes', 'must be true or false'],
    ['ENCRYPTION_KEY', 'c2hvcnQ=', 'must be the base64 of 32 bytes'],
    ['DECRYPTION_KEYS', `${KEY} c2hvcnQ=`, 'must be the base64 of 32 bytes each, separated by spaces'],
    ['AUDIT_RETENTION_DAYS', 'forever', 'must be a whole number from 0 to 36500'],
    ['ADMIN_TOKEN', 'too-short', 'must be 32 to 1024 printable characters'],
    [
      'WECHAT_API_BASE_URL',
      'ftp://wechat',
      'must be an http or https URL without query, fragment or credentials',
    ],
    ['WECHAT_TIMEOUT_MS', '3s', 'must be a whole number from 1 to 60000'],
    ['REDIS_URL', 'localhost:6379', 'must be redis://host:port or rediss://host:port'],
    ['WORKERS', 'many', 'must be auto or a whole number from 1 to 256'],
    ['WORKERS', '0', 'must be a whole number from 1 to 256'],
    ['RATE_LIMIT_PER_MINUTE', '-1', 'must be a whole number from 0 to 10000000'],
    ['RATE_LIMIT_PER_CLIENT_PER_MINUTE', 'many', 'must be a whole number from 0 to 10000000'],
    ['TRUST_PROXY', 'yes', 'must be true, false, a number of hops, or a list of addresses and subnets'],
    [
      'TRUST_PROXY',
      '10.0.0.0/33',
      'must be true, false, a number of hops, or a list of addresses and subnets',
    ],
    ['TRUST_PROXY', '999.0.0.1', 'must be true, false, a number of hops, or a list of addresses and subnets'],
    ['LOG_LEVEL', 'verbose', 'must be one of fatal, error, warn, info, debug, trace, silent'],
    [
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'collector:4318',
      'must be an http or https URL without query, fragment or credentials',
    ],
    ['SHUTDOWN_TIMEOUT_MS', 'forever', 'must be a whole number from 0 to 600000'],
  ])('%s=%s is named with what it must be', (name, value, reason) => {
    expect(complaint({ [name]: value })).toBe(`Wrong configuration:\n  ${name}: ${reason}`);
  });

  it('is named beside every other one, without a secret of any', () => {
    const environment = {
      PORT: 'eighty',
      DATABASE_URL: 'mysql://ciam:Sup3rSecret@db',
      ENCRYPTION_KEY: 'NotTheRightLength',
      ADMIN_TOKEN: 'ShortToken',
      REDIS_URL: 'http://:RedisPass@cache',
    };
    expect(complaint(environment)).toBe(
      [
        'Wrong configuration:',
        '  PORT: must be a whole number from 0 to 65535',
        '  DATABASE_URL: must be sqlite:PATH or mysql://user:password@host:port/name',
        '  ENCRYPTION_KEY: must be the base64 of 32 bytes',
        '  ADMIN_TOKEN: must be 32 to 1024 printable characters',
        '  REDIS_URL: must be redis://host:port or rediss://host:port',
      ].join('\n'),
    );
  });
});

describe('variables that contradict each other', () => {
  it('want an issuer with a port nobody knows beforehand', () => {
    expect(complaint({ PORT: '0' })).toBe(
      'Wrong configuration:\n  ISSUER: is required when PORT is 0, any free port',
    );
    expect(complaint({ PORT: '0', ISSUER: 'http://id.test' })).toBeUndefined();
  });

  it.each(['2', 'auto'])('refuse WORKERS=%s with a database that belongs to one process', (workers) => {
    expect(complaint({ WORKERS: workers, DATABASE_URL: 'sqlite::memory:' })).toBe(
      'Wrong configuration:\n  WORKERS: must be 1 with sqlite::memory:, which belongs to one process',
    );
  });
});

describe('accepted values', () => {
  it.each([
    ['true', true],
    ['false', false],
    ['0', 0],
    ['2', 2],
    ['loopback, 10.0.0.0/8, fd00::/8, ::1', 'loopback, 10.0.0.0/8, fd00::/8, ::1'],
  ])('TRUST_PROXY=%s is what Express takes', (value, trustProxy) => {
    const configuration = readConfiguration({ ENCRYPTION_KEY: KEY, TRUST_PROXY: value });
    expect(configuration.get(HttpConfig).trustProxy).toBe(trustProxy);
  });

  it('take any number of keys to decrypt with', () => {
    const other = Buffer.alloc(32, 5);
    const variables = { ENCRYPTION_KEY: KEY, DECRYPTION_KEYS: ` ${KEY}  ${other.toString('base64')} ` };
    const { decryptionKeys } = readConfiguration(variables).get(EncryptionConfig);
    expect(decryptionKeys).toEqual([Buffer.from(KEY, 'base64'), other]);
  });

  it('lose the trailing slash of a base URL', () => {
    const configuration = readConfiguration({ ENCRYPTION_KEY: KEY, ISSUER: 'https://id.test/ciam/' });
    expect(configuration.get(HttpConfig).issuer).toBe('https://id.test/ciam');
  });
});

describe('NODE_ENV=production', () => {
  const production = {
    NODE_ENV: 'production',
    ISSUER: 'https://id.test',
    ENCRYPTION_KEY: KEY,
    ADMIN_TOKEN: TOKEN,
  };

  it('accepts secrets that somebody drew', () => {
    expect(complaint(production)).toBeUndefined();
  });

  it('wants an issuer and an encryption key rather than a generated one', () => {
    expect(complaint({ ...production, ISSUER: '', ENCRYPTION_KEY: '' })).toBe(
      'Wrong configuration:\n  ISSUER: is required in production\n  ENCRYPTION_KEY: is required in production',
    );
  });

  it.each([
    ['ENCRYPTION_KEY', Buffer.alloc(32).toString('base64')],
    ['ADMIN_TOKEN', 'change-me-to-32-random-characters!'],
    ['ADMIN_TOKEN', 'your_admin_token_goes_here_0123456789'],
    ['ADMIN_TOKEN', 'x'.repeat(32)],
  ])('refuses a placeholder as %s', (name, value) => {
    expect(complaint({ ...production, [name]: value })).toBe(
      `Wrong configuration:\n  ${name}: is a placeholder, which production refuses`,
    );
  });

  it('has placeholders in the provisioning file refused', () => {
    expect(readConfiguration(production).get(ProvisioningConfig).refuses('change-me')).toBe(true);
    expect(readConfiguration(production).get(ProvisioningConfig).refuses(TOKEN)).toBe(false);
    expect(readConfiguration({ ENCRYPTION_KEY: KEY }).get(ProvisioningConfig).refuses('change-me')).toBe(
      false,
    );
  });
});

describe('.env.example', () => {
  const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const uncommented = text.replace(/^# (?=[A-Z][A-Z_]*=)/gm, '');

  it('has every variable, and none that is not read', () => {
    expect(Object.keys(parseEnv(uncommented)).sort()).toEqual([...variableNames].sort());
  });

  it('explains each variable in a line of its own', () => {
    const lines = text.trim().split('\n');
    const explained = lines.filter(
      (line, i) => /^(# )?[A-Z_]+=/.test(line) && /^# (?![A-Z_]+=)/.test(lines[i - 1] ?? ''),
    );
    expect(explained).toHaveLength(variableNames.length);
  });

  it('passes the validation as it is, and with every line in force', () => {
    expect(complaint(parseEnv(text) as Record<string, string>)).toBeUndefined();
    expect(
      complaint({ ...(parseEnv(uncommented) as Record<string, string>), ENCRYPTION_KEY: KEY }),
    ).toBeUndefined();
  });

  it('says the defaults', () => {
    const written = readConfiguration({ ENCRYPTION_KEY: KEY, ...parseEnv(text) });
    const silent = readConfiguration({ ENCRYPTION_KEY: KEY });
    for (const slice of [
      HttpConfig,
      DatabaseConfig,
      AdminConfig,
      AuditConfig,
      WechatConfig,
      RateLimitConfig,
      LoggingConfig,
    ]) {
      expect(written.get<unknown>(slice)).toEqual(silent.get<unknown>(slice));
    }
  });
});
