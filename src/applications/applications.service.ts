import { Injectable } from '@nestjs/common';
import { In, MoreThan, type EntityManager } from 'typeorm';
import { pageOf, type Page, type PageRequest } from '../database/page.js';
import { forUpdate } from '../database/row-lock.js';
import { SettingsRefused, given, savedSettings, type SavedSettings } from '../database/settings.js';
import { Snapshots, type Snapshot } from '../database/snapshots.js';
import { describeApplication } from './application-description.js';
import { applicationProblems } from './application-rules.js';
import { type ApplicationSettings } from './application-settings.js';
import { Application, type ApplicationType } from './application.entity.js';
import { hashClientSecret, verifyClientSecret } from './client-secret.js';
import { includesOrigin } from './cors-origin.js';
import { GrantTypes } from './grant-types.js';

/** The registered clients. Requests find them in memory; whatever changes them runs in the caller's unit of work. */
@Injectable()
export class ApplicationsService {
  private readonly inForce: Snapshot<ApplicationsInForce>;

  constructor(
    snapshots: Snapshots,
    private readonly grantTypes: GrantTypes,
  ) {
    this.inForce = snapshots.of('applications', async (manager) => {
      return applicationsInForce(await manager.find(Application));
    });
  }

  /**
   * The application as it is in force in this process; nobody may write into it.
   *
   * @param manager of the unit of work that the caller is in, if it is in one
   */
  async find(clientId: string, manager?: EntityManager): Promise<Application | undefined> {
    return (await this.inForce.get(manager)).byId.get(clientId);
  }

  /** Whether an enabled application lists the origin. */
  async isOriginListed(origin: string): Promise<boolean> {
    return includesOrigin((await this.inForce.get()).origins, origin);
  }

  /** Whether this application is enabled and lists the origin. */
  async listsOrigin(clientId: string, origin: string): Promise<boolean> {
    const application = await this.find(clientId);
    return application?.enabled === true && includesOrigin(new Set(application.corsOrigins), origin);
  }

  /** The application as the database has it; others may not change it until the unit of work is over. */
  async read(manager: EntityManager, clientId: string): Promise<Application | undefined> {
    const application = await manager.findOne(Application, { where: { clientId }, ...forUpdate(manager) });
    // MySQL ignores trailing spaces when it compares.
    return application?.clientId === clientId ? application : undefined;
  }

  /** In the order of their client ids. */
  async list(manager: EntityManager, { limit, after }: PageRequest): Promise<Page<Application>> {
    const where = after === undefined ? {} : { clientId: MoreThan(after) };
    const rows = await manager.find(Application, { where, order: { clientId: 'ASC' }, take: limit + 1 });
    return pageOf(rows, limit, ({ clientId }) => clientId);
  }

  /** @throws SettingsRefused naming those of the client ids that belong to no application */
  async assertKnown(manager: EntityManager, clientIds: readonly string[]): Promise<void> {
    // Nobody may delete one before it is linked.
    const where = { clientId: In(clientIds) };
    const known = await manager.find(Application, { where, ...forUpdate(manager) });
    const unknown = clientIds.filter((id) => !known.some(({ clientId }) => clientId === id));
    if (unknown.length === 0) return;
    const message = `unknown application ${unknown.join(', ')}`;
    throw new SettingsRefused([{ property: 'applications', message }]);
  }

  /**
   * Creates the application or changes it; writes nothing when the settings are what it is already.
   *
   * @param secretHash of a secret that is another one than before for sure
   * @throws SettingsRefused when the settings contradict each other
   */
  async save(
    manager: EntityManager,
    settings: ApplicationSettings,
    secretHash?: string,
  ): Promise<SavedSettings> {
    const existing = await this.read(manager, settings.client_id);
    if (!existing && !settings.type)
      throw new SettingsRefused([{ property: 'type', message: 'is required' }]);
    if (existing && settings.type && existing.type !== settings.type) {
      throw new SettingsRefused([{ property: 'type', message: `cannot be changed from ${existing.type}` }]);
    }
    const before = existing ?? newApplication(settings.client_id, settings.type!);
    const after = manager.create(Application, { ...before, ...fieldsOf(settings) });
    after.clientSecretHash = secretHash ?? (await hashOf(before.clientSecretHash, settings.client_secret));
    const problems = applicationProblems(after, this.grantTypes);
    if (problems.length > 0) throw new SettingsRefused(problems);
    const saved = savedSettings(
      existing && describeApplication(existing),
      describeApplication(after),
      after.clientSecretHash === before.clientSecretHash ? [] : ['client_secret'],
    );
    if (saved.fields.length > 0) {
      if (existing) {
        after.updatedAt = new Date();
        await manager.save(Application, after);
      } else {
        // `save` would change one that somebody else has just created.
        await manager.insert(Application, after);
      }
      await this.inForce.changed(manager);
    }
    return saved;
  }

  /** Deletes the application; what belongs to it elsewhere is the caller's. */
  async remove(manager: EntityManager, clientId: string): Promise<void> {
    await manager.delete(Application, { clientId });
    await this.inForce.changed(manager);
  }
}

interface ApplicationsInForce {
  readonly byId: ReadonlyMap<string, Application>;
  /** Those that enabled applications list. */
  readonly origins: ReadonlySet<string>;
}

function applicationsInForce(applications: Application[]): ApplicationsInForce {
  return {
    byId: new Map(applications.map((application) => [application.clientId, Object.freeze(application)])),
    origins: new Set(applications.flatMap(({ enabled, corsOrigins }) => (enabled ? corsOrigins : []))),
  };
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
    corsOrigins: [],
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
    corsOrigins: settings.cors_origins,
  });
}

/** The same secret keeps its hash, so that applying a file twice writes nothing. */
async function hashOf(stored: string | null, secret: string | undefined): Promise<string | null> {
  if (!secret) return stored;
  if (stored && (await verifyClientSecret(secret, stored))) return stored;
  return hashClientSecret(secret);
}
