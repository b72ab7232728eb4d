import { type ApplicationSettings } from '../../../src/applications/application-settings.js';
import { type AuthSourceSettings } from '../../../src/auth-sources/auth-source-settings.js';
import { JSCODE_GRANT, anApplication, anAuthSource } from '../../../src/testing/factories.js';
import { type RunningService } from '../service.js';
import { type Person } from './family.js';
import { type ClientState } from './model.js';
import {
  ACCESS_TTL,
  CLIENTS,
  REFRESH_MAX_TTL,
  REFRESH_TTL,
  REUSE_INTERVAL,
  SCOPES,
  type ClientName,
} from './settings.js';

/** Whoever runs the service: changes what it knows of applications, auth source and users. */
export class Operator {
  constructor(private readonly service: RunningService) {}

  /** Everything is enabled, and nobody is signed in. */
  async reset(): Promise<void> {
    const applications = CLIENTS.map((client) => application(client, { enabled: true, refreshTokens: true }));
    await this.service.register({ applications, authSources: [authSource(true)] });
    const { dataSource } = this.service;
    await dataSource.query('DELETE FROM sessions');
    await dataSource.query('DELETE FROM audit_events');
    await dataSource.query(`UPDATE users SET status = 'NORMAL'`);
  }

  setClient(client: ClientName, state: ClientState): Promise<void> {
    return this.service.register({ applications: [application(client, state)] });
  }

  setSource(enabled: boolean): Promise<void> {
    return this.service.register({ authSources: [authSource(enabled)] });
  }

  async setStatus(userId: string, status: Person['status']): Promise<void> {
    const { dataSource } = this.service;
    if (status === 'DELETED') await dataSource.query('DELETE FROM users WHERE id = ?', [userId]);
    else await dataSource.query('UPDATE users SET status = ? WHERE id = ?', [status, userId]);
  }
}

function application(client_id: ClientName, { enabled, refreshTokens }: ClientState): ApplicationSettings {
  return anApplication({
    client_id,
    enabled,
    grant_types: [JSCODE_GRANT, 'refresh_token'],
    scopes: SCOPES,
    signing_alg: 'ES256',
    access_token_ttl: ACCESS_TTL / 1000,
    refresh_token_ttl: refreshTokens ? REFRESH_TTL / 1000 : 0,
    refresh_token_max_ttl: REFRESH_MAX_TTL / 1000,
    refresh_reuse_interval: REUSE_INTERVAL / 1000,
  });
}

function authSource(enabled: boolean): AuthSourceSettings {
  return anAuthSource({ enabled, applications: [...CLIENTS] });
}
