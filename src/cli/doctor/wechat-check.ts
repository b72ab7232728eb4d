import { type EntityManager } from 'typeorm';
import { AppSecrets } from '../../auth-sources/app-secrets.js';
import { isWechatSource } from '../../auth-sources/auth-source-types.js';
import { AuthSource } from '../../auth-sources/auth-source.entity.js';
import { type Configuration } from '../../config/configuration.js';
import { EncryptionConfig } from '../../config/encryption.config.js';
import { WechatConfig } from '../../config/wechat.config.js';
import { SealedSecretUnreadable, SecretCipher } from '../../database/secret-cipher.js';
import { AppAccessTokens } from '../../wechat/app-access-tokens.js';
import { WechatHttpClient } from '../../wechat/wechat-http.client.js';
import { findings, type Finding } from './finding.js';
import { wechatFault } from './wechat-fault.js';

/** Apps that have an access token of their own; the others' credentials are used only when somebody signs in. */
const WITH_ACCESS_TOKEN = ['wechat_mini_program', 'wechat_official_account'];

/**
 * Asks WeChat for the access token of each enabled auth source: the very one that its other users have, so that nobody's
 * is replaced.
 *
 * @see https://developers.weixin.qq.com/miniprogram/dev/server/API/mp-access-token/api_getstableaccesstoken
 */
export async function* checkWechat(
  configuration: Configuration,
  manager: EntityManager,
): AsyncGenerator<Finding> {
  const sources = await manager.find(AuthSource, { where: { enabled: true }, order: { id: 'ASC' } });
  if (sources.length === 0) yield findings('wechat').warning('No auth source is enabled: nobody can sign in');
  const secrets = new AppSecrets(new SecretCipher(configuration.get(EncryptionConfig)));
  const http = new WechatHttpClient(configuration.get(WechatConfig));
  const tokens = new AppAccessTokens(http);
  try {
    for (const source of sources) yield await credentialsOf(source, secrets, tokens);
  } finally {
    await http.onApplicationShutdown();
  }
}

async function credentialsOf(
  source: AuthSource,
  secrets: AppSecrets,
  tokens: AppAccessTokens,
): Promise<Finding> {
  const { ok, problem, skipped } = findings('wechat', source.id);
  if (!isWechatSource(source.type)) {
    return skipped(`A ${source.type} is none of WeChat's: what it needs, its grant knows`);
  }
  if (source.appSecretSealed === null) {
    const command = `npm run cli -- auth-sources update ${source.id} --app-secret-env NAME`;
    return problem(`It has no app secret, so nobody can sign in through it: ${command}`);
  }
  if (!WITH_ACCESS_TOKEN.includes(source.type)) {
    return skipped(`The credentials of a ${source.type} cannot be checked without a login`);
  }
  try {
    await tokens.get({ appId: source.appId, appSecret: secrets.open(source) });
    return ok(`WeChat takes app id ${source.appId} and its secret`);
  } catch (error) {
    if (error instanceof SealedSecretUnreadable) return skipped('Its app secret cannot be opened');
    return problem(wechatFault(error));
  }
}
