import { Injectable } from '@nestjs/common';
import { MoreThan, type EntityManager } from 'typeorm';
import { pageOf, type Page, type PageRequest } from '../database/page.js';
import { forUpdate } from '../database/row-lock.js';
import { SettingsRefused, given, savedSettings, type SavedSettings } from '../database/settings.js';
import { Snapshots, type Snapshot } from '../database/snapshots.js';
import { AppSecrets } from './app-secrets.js';
import { describeAuthSource } from './auth-source-description.js';
import { type AuthSourceSettings } from './auth-source-settings.js';
import { AuthSourceTypes, isWechatSource } from './auth-source-types.js';
import { AuthSource, LinkedApplication } from './auth-source.entity.js';

const linked = { relations: { linkedApplications: true }, relationLoadStrategy: 'query' } as const;

/** The auth sources. Requests find them in memory; whatever changes them runs in the caller's unit of work. */
@Injectable()
export class AuthSourcesService {
  private readonly inForce: Snapshot<ReadonlyMap<string, AuthSource>>;

  constructor(
    snapshots: Snapshots,
    private readonly secrets: AppSecrets,
    private readonly types: AuthSourceTypes,
  ) {
    this.inForce = snapshots.of('auth sources', async (manager) => {
      const sources = await manager.find(AuthSource, linked);
      return new Map(sources.map((source) => [source.id, Object.freeze(source)]));
    });
  }

  /**
   * The auth source with its linked applications, as it is in force in this process; nobody may write into it.
   *
   * @param manager of the unit of work that the caller is in, if it is in one
   */
  async find(id: string, manager?: EntityManager): Promise<AuthSource | undefined> {
    return (await this.inForce.get(manager)).get(id);
  }

  /**
   * The auth source with its linked applications, as the database has it; others may not change it until the unit of
   * work is over.
   */
  async read(manager: EntityManager, id: string): Promise<AuthSource | undefined> {
    const source = await manager.findOne(AuthSource, { where: { id }, ...linked, ...forUpdate(manager) });
    // MySQL ignores trailing spaces when it compares.
    return source?.id === id ? source : undefined;
  }

  /** With their linked applications, in the order of their ids. */
  async list(manager: EntityManager, { limit, after }: PageRequest): Promise<Page<AuthSource>> {
    const where = after === undefined ? {} : { id: MoreThan(after) };
    const rows = await manager.find(AuthSource, { where, ...linked, order: { id: 'ASC' }, take: limit + 1 });
    return pageOf(rows, limit, ({ id }) => id);
  }

  /**
   * Creates the auth source or changes it; writes nothing when the settings are what it is already.
   *
   * @throws SettingsRefused when a new one lacks a field, or no grant knows its type
   */
  async save(manager: EntityManager, settings: AuthSourceSettings): Promise<SavedSettings> {
    if (settings.type && !this.types.has(settings.type)) throw this.unknownType();
    const existing = await this.read(manager, settings.id);
    const { linkedApplications: links, ...before } = existing ?? newAuthSource(settings);
    const after = manager.create(AuthSource, { ...before, ...fieldsOf(settings) });
    const hasNewSecret =
      Boolean(settings.app_secret) && !this.secrets.isSecretOf(before, settings.app_secret!);
    if (hasNewSecret) after.appSecretSealed = this.secrets.seal(settings.id, settings.app_secret!);
    const clientIds = settings.applications ?? links.map(({ clientId }) => clientId);
    const saved = savedSettings(
      existing && describeAuthSource(existing),
      describeAuthSource({ ...after, linkedApplications: linksTo(clientIds, settings.id) }),
      hasNewSecret ? ['app_secret'] : [],
    );
    if (saved.fields.length > 0) {
      if (existing) {
        after.updatedAt = new Date();
        await manager.save(AuthSource, after);
      } else {
        // `save` would change one that somebody else has just created.
        await manager.insert(AuthSource, after);
      }
      await this.link(manager, settings.id, links, clientIds);
      await this.inForce.changed(manager);
    }
    return saved;
  }

  /** Deletes the auth source and its links; what belongs to it elsewhere is the caller's. */
  async remove(manager: EntityManager, id: string): Promise<void> {
    await manager.delete(AuthSource, { id });
    await this.inForce.changed(manager);
  }

  /** Takes an application out of every auth source. */
  async unlink(manager: EntityManager, clientId: string): Promise<void> {
    await manager.delete(LinkedApplication, { clientId });
    await this.inForce.changed(manager);
  }

  /** How many app secrets are not under the current key. */
  async countStale(manager: EntityManager): Promise<number> {
    return (await this.stale(manager)).length;
  }

  /**
   * Encrypts an app secret anew that is not under the current key.
   *
   * One at a time, so that nobody waits long for it.
   *
   * @returns how many there were to do; 0 when there is none left
   * @throws SealedSecretUnreadable when none of the keys opens one
   */
  async resealNext(manager: EntityManager): Promise<number> {
    const stale = await this.stale(manager);
    const [next] = stale;
    if (!next) return 0;
    const appSecretSealed = this.secrets.seal(next.id, this.secrets.open(next));
    // Whoever gives it another secret meanwhile wins.
    await manager.update(
      AuthSource,
      { id: next.id, appSecretSealed: next.appSecretSealed! },
      { appSecretSealed },
    );
    await this.inForce.changed(manager);
    return stale.length;
  }

  private unknownType(): SettingsRefused {
    const message = `must be one of the following values: ${this.types.names().join(', ')}`;
    return new SettingsRefused([{ property: 'type', message }]);
  }

  private async stale(manager: EntityManager): Promise<AuthSource[]> {
    const sources = await manager.find(AuthSource, { order: { id: 'ASC' } });
    return sources.filter((source) => this.secrets.isStale(source));
  }

  private async link(
    manager: EntityManager,
    authSourceId: string,
    links: readonly Link[],
    clientIds: readonly string[],
  ): Promise<void> {
    const added = clientIds.filter((clientId) => !links.some((link) => link.clientId === clientId));
    const removed = links.filter((link) => !clientIds.includes(link.clientId));
    for (const { clientId } of removed) await manager.delete(LinkedApplication, { authSourceId, clientId });
    if (added.length > 0) await manager.insert(LinkedApplication, linksTo(added, authSourceId));
  }
}

type Link = Pick<LinkedApplication, 'authSourceId' | 'clientId'>;

function linksTo(clientIds: readonly string[], authSourceId: string): LinkedApplication[] {
  return clientIds.map((clientId) => ({ authSourceId, clientId }) as LinkedApplication);
}

function newAuthSource({ id, type, app_id }: AuthSourceSettings): AuthSource {
  const required = type && !isWechatSource(type) ? { type } : { type, app_id };
  const missing = Object.entries(required).filter(([, value]) => !value);
  if (!type || missing.length > 0) {
    throw new SettingsRefused(missing.map(([property]) => ({ property, message: 'is required' })));
  }
  const now = new Date();
  return {
    id,
    type,
    name: id,
    enabled: true,
    appId: app_id ?? id,
    appSecretSealed: null,
    openPlatformAccount: 'default',
    attributeMapping: [],
    linkedApplications: [],
    createdAt: now,
    updatedAt: now,
  };
}

/** The fields that the settings name, in the words of the entity. */
function fieldsOf(settings: AuthSourceSettings): Partial<AuthSource> {
  return given<AuthSource>({
    type: settings.type,
    name: settings.name,
    enabled: settings.enabled,
    appId: settings.app_id,
    openPlatformAccount: settings.open_platform_account,
    attributeMapping: settings.attribute_mapping?.map(({ from, to, update }) => ({
      from,
      to,
      update: update ?? 'always',
    })),
  });
}
