import { type AppSecrets } from '../../auth-sources/app-secrets.js';
import { type AuthSource } from '../../auth-sources/auth-source.entity.js';
import { type GrantAuthSource } from './grant-strategy.js';

/** What grants see of an auth source. */
export function seenByGrants(authSource: AuthSource, secrets: AppSecrets): GrantAuthSource {
  const { id, type, name, appId, openPlatformAccount } = authSource;
  return { id, type, name, appId, openPlatformAccount, secret: () => secrets.open(authSource) };
}
