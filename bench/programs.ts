import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { Program } from './processes.js';
import { APP_SECRET, provisioning } from './scenarios.js';

/** The built service as in production, and the simulator that is its WeChat, each in a process of its own. */
export interface Programs {
  readonly service: Program;
  readonly wechat: Program;
}

/** @param folder of the caller's, for files */
export async function withPrograms(
  folder: string,
  databaseUrl: string,
  use: (programs: Programs) => Promise<void>,
): Promise<void> {
  const file = join(folder, 'provision.yaml');
  await writeFile(file, provisioning);
  const wechat = await Program.start('simulator/main.js', 'SIMULATOR_PORT', {}, '/simulator/calls');
  try {
    const settings = environment(databaseUrl, wechat.url, file);
    const service = await Program.start('main.js', 'PORT', settings, '/health/ready');
    try {
      await use({ service, wechat });
    } finally {
      await service.stop();
    }
  } finally {
    await wechat.stop();
  }
}

/** As in production, but for the rate limit and the file's secret. */
function environment(databaseUrl: string, wechatUrl: string, file: string): NodeJS.ProcessEnv {
  return {
    ISSUER: 'https://id.example.com',
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    PROVISION_FILE: file,
    WECHAT_APP_SECRET: APP_SECRET,
    WECHAT_API_BASE_URL: wechatUrl,
    RATE_LIMIT_PER_MINUTE: '0',
  };
}

/** The server that is named by `BENCH_DATABASE_URL`, or the first that the tests use. */
export const server =
  process.env.BENCH_DATABASE_URL ?? process.env.TEST_DATABASE_URLS?.split(/\s+/).find(Boolean);

export async function onDatabaseOfItsOwn(url: string, use: (url: string) => Promise<void>): Promise<void> {
  const name = `ciam_bench_${randomBytes(6).toString('hex')}`;
  const admin = await createConnection({ uri: new URL('/', url).href });
  try {
    await admin.query(`CREATE DATABASE ${name}`);
    await use(Object.assign(new URL(url), { pathname: `/${name}` }).href);
  } finally {
    await admin.query(`DROP DATABASE IF EXISTS ${name}`);
    await admin.end();
  }
}
