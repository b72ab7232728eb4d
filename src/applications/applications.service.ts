import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, type EntityManager, type Repository } from 'typeorm';
import { SettingsRefused, changedFields, given, type SavedSettings } from '../database/settings.js';
import { applicationProblems } from './application-rules.js';
import { type ApplicationSettings } from './application-settings.js';
import { Application, type ApplicationType } from './application.entity.js';
import { hashClientSecret, verifyClientSecret } from './client-secret.js';
import { GrantTypes } from './grant-types.js';

@Injectable()
export class ApplicationsService {
  constructor(
    @InjectRepository(Application) private readonly applications: Repository<Application>,
    private readonly grantTypes: GrantTypes,
  ) {}

  /** @param manager of the unit of work that the answer matters to, if there is one */
  async find(
    clientId: string,
    manager: EntityManager = this.applications.manager,
  ): Promise<Application | undefined> {
    const application = await manager.findOneBy(Application, { clientId });
    // MySQL ignores trailing spaces when it compares.
    return application?.clientId === clientId ? application : undefined;
  }

  /** @returns those of the client ids that belong to no application */
  async unknownAmong(manager: EntityManager, clientIds: readonly string[]): Promise<string[]> {
    const known = await manager.findBy(Application, { clientId: In(clientIds) });
    return clientIds.filter((clientId) => !known.some((application) => application.clientId === clientId));
  }

  /**
   * Creates the application or changes it; writes nothing when the settings are what it is already.
   *
   * @throws SettingsRefused when the settings contradict each other
   */
  async save(manager: EntityManager, settings: ApplicationSettings): Promise<SavedSettings> {
    const existing = await manager.findOneBy(Application, { clientId: settings.client_id });
    if (!existing && !settings.type)
      throw new SettingsRefused([{ property: 'type', message: 'is required' }]);
    if (existing && settings.type && existing.type !== settings.type) {
      throw new SettingsRefused([{ property: 'type', message: `cannot be changed from ${existing.type}` }]);
    }
    const before = existing ?? newApplication(settings.client_id, settings.type!);
    const after = manager.create(Application, { ...before, ...fieldsOf(settings) });
    after.clientSecretHash = await secretHash(before.clientSecretHash, settings.client_secret);
    const problems = applicationProblems(after, this.grantTypes);
    if (problems.length > 0) throw new SettingsRefused(problems);
    const fields = existing ? changedFields(before, after) : Object.keys(after);
    if (fields.length > 0) {
      after.updatedAt = new Date();
      await manager.save(Application, after);
    }
    return { created: !existing, fields };
  }
}

function newApplication(clientId: string, type: ApplicationType): Application {
  const now = new Date();
  return {
    clientId,
    name: clientId,
    type,
    enabled: true,
    clientSecretHash: null,
    grantTypes: [],
    scopes: ['openid'],
    accessTokenTtl: 300,
    idTokenTtl: 1800,
    refreshTokenTtl: 0,
    refreshTokenMaxTtl: 2_592_000,
    refreshReuseInterval: 30,
    signingAlg: 'RS256',
    tokenProfile: 'ciam',
    idTokenClaims: [],
    createdAt: now,
    updatedAt: now,
  };
}

/** The fields that the settings name, in the words of the entity. */
function fieldsOf(settings: ApplicationSettings): Partial<Application> {
  return given<Application>({
    name: settings.name,
    enabled: settings.enabled,
    grantTypes: settings.grant_types,
    scopes: settings.scopes,
    accessTokenTtl: settings.access_token_ttl,
    idTokenTtl: settings.id_token_ttl,
    refreshTokenTtl: settings.refresh_token_ttl,
    refreshTokenMaxTtl: settings.refresh_token_max_ttl,
    refreshReuseInterval: settings.refresh_reuse_interval,
    signingAlg: settings.signing_alg,
    tokenProfile: settings.token_profile,
    idTokenClaims: settings.id_token_claims,
  });
}

/** The same secret keeps its hash, so that applying a file twice writes nothing. */
async function secretHash(stored: string | null, secret: string | undefined): Promise<string | null> {
  if (!secret) return stored;
  if (stored && (await verifyClientSecret(secret, stored))) return stored;
  return hashClientSecret(secret);
}
