import { type DataSource } from 'typeorm';
import { type Configuration } from '../../config/configuration.js';
import { WechatConfig } from '../../config/wechat.config.js';
import { checkClocks } from './clock-check.js';
import { checkConfiguration } from './configuration-check.js';
import { checkDatabase } from './database-check.js';
import { checkEncryption } from './encryption-check.js';
import { findings, type Finding } from './finding.js';
import { checkMigrations } from './migrations-check.js';
import { checkRedis } from './redis-check.js';
import { checkSigningKeys } from './signing-keys-check.js';
import { checkWechat } from './wechat-check.js';

/**
 * Looks whether the service can do its work, and changes nothing: none of the service's modules is booted, for those
 * run migrations and make keys.
 */
export async function* diagnose(): AsyncGenerator<Finding> {
  const { configuration, found } = checkConfiguration();
  yield* found;
  if (!configuration) {
    yield findings('database').skipped('Nothing else can be checked with a wrong configuration');
    return;
  }
  const { dataSource, found: ofDatabase } = await checkDatabase(configuration);
  yield* ofDatabase;
  try {
    if (dataSource) yield* checkStored(configuration, dataSource);
    else yield findings('migrations').skipped('What is stored cannot be checked without the database');
    yield* checkClocks(configuration.get(WechatConfig), dataSource);
  } finally {
    await dataSource?.destroy();
  }
  yield* checkRedis(configuration);
}

async function* checkStored(configuration: Configuration, dataSource: DataSource): AsyncGenerator<Finding> {
  const { areApplied, found } = await checkMigrations(dataSource);
  yield* found;
  if (!areApplied) {
    yield findings('encryption').skipped('What is stored cannot be checked before the migrations');
    return;
  }
  yield* checkEncryption(configuration, dataSource.manager);
  yield* checkSigningKeys(dataSource.manager);
  yield* checkWechat(configuration, dataSource.manager);
}
