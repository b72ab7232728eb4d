import { CLIENT_ID, JSCODE_GRANT, anApplication, anAuthSource } from '../../src/testing/factories.js';
import { type IssuedTokens } from '../../src/testing/start-ciam.js';
import { seen, type RunningService } from './service.js';

/** A confidential application that may ask about tokens. */
export const RESOURCE_SERVER = {
  client_id: 'resource-server',
  client_secret: 'secret-of-the-resource-server',
};

/** A mini program whose users have sessions. */
export const withSessions = {
  scopes: ['openid', 'profile', 'phone'],
  grant_types: [JSCODE_GRANT, 'refresh_token'],
  refresh_token_ttl: 3600,
  refresh_token_max_ttl: 7200,
};

/** Registers both, as if nothing had been changed since. */
export async function registerSessions(service: RunningService): Promise<void> {
  await service.register({
    applications: [
      anApplication(withSessions),
      anApplication({
        ...RESOURCE_SERVER,
        type: 'm2m',
        grant_types: ['client_credentials'],
        scopes: ['reports'],
      }),
    ],
    authSources: [anAuthSource()],
  });
  await service.dataSource.query(`UPDATE users SET status = 'NORMAL'`);
}

export async function refreshed(service: RunningService, refresh_token: string): Promise<IssuedTokens> {
  const response = await service.token({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token });
  if (response.status !== 200) throw new Error(`No refresh: ${await response.text()}`);
  return (await response.json()) as IssuedTokens;
}

/** An access token of the resource server itself. */
export async function ownToken(service: RunningService): Promise<string> {
  const response = await service.token({ grant_type: 'client_credentials', ...RESOURCE_SERVER });
  return ((await response.json()) as IssuedTokens).access_token;
}

/** What introspection tells the resource server. */
export async function introspected(service: RunningService, token: string): Promise<unknown> {
  return (await seen(await service.post('/oauth2/introspect', { ...RESOURCE_SERVER, token }))).body;
}
