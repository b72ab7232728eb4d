import { type Application } from '../../applications/application.entity.js';
import { type AppSecrets } from '../../auth-sources/app-secrets.js';
import { type AuthSource } from '../../auth-sources/auth-source.entity.js';
import { type GrantApplication, type GrantAuthSource } from './grant-strategy.js';

/** What grants see of an application: no secret, and nothing that others see, too. */
export function applicationSeenByGrants({ clientId, name, type, scopes }: Application): GrantApplication {
  return { clientId, name, type, scopes: [...scopes] };
}

/** What grants see of an auth source. */
export function authSourceSeenByGrants(authSource: AuthSource, secrets: AppSecrets): GrantAuthSource {
  const { id, type, name, appId, openPlatformAccount } = authSource;
  return { id, type, name, appId, openPlatformAccount, secret: () => secrets.open(authSource) };
}
