import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, type Repository } from 'typeorm';
import { SealedSecretUnreadable, SecretCipher } from '../database/secret-cipher.js';
import { SettingsRefused, changedFields, given, type SavedSettings } from '../database/settings.js';
import { type AuthSourceSettings } from './auth-source-settings.js';
import { AuthSource, LinkedApplication } from './auth-source.entity.js';

@Injectable()
export class AuthSourcesService {
  constructor(
    @InjectRepository(AuthSource) private readonly sources: Repository<AuthSource>,
    private readonly cipher: SecretCipher,
  ) {}

  /** The auth source with its linked applications. */
  async find(id: string): Promise<AuthSource | undefined> {
    const source = await this.sources.findOne({ where: { id }, relations: { linkedApplications: true } });
    // MySQL ignores trailing spaces when it compares.
    return source?.id === id ? source : undefined;
  }

  /** @param manager of the unit of work that the answer matters to, if there is one */
  async isEnabled(id: string, manager: EntityManager = this.sources.manager): Promise<boolean> {
    return manager.existsBy(AuthSource, { id, enabled: true });
  }

  /**
   * The app secret in clear, for a request to WeChat and nothing else; empty when none was given yet.
   *
   * @throws SealedSecretUnreadable
   */
  appSecret(source: AuthSource): string {
    return source.appSecretSealed === null
      ? ''
      : this.cipher.open(source.appSecretSealed, purpose(source.id));
  }

  /**
   * Creates the auth source or changes it; writes nothing when the settings are what it is already.
   *
   * @throws SettingsRefused when a new one lacks a field
   */
  async save(manager: EntityManager, settings: AuthSourceSettings): Promise<SavedSettings> {
    const existing = await manager.findOneBy(AuthSource, { id: settings.id });
    const before = existing ?? newAuthSource(settings);
    const after = manager.create(AuthSource, { ...before, ...fieldsOf(settings) });
    if (settings.app_secret && !this.isSecretOf(before, settings.app_secret)) {
      after.appSecretSealed = this.cipher.seal(settings.app_secret, purpose(settings.id));
    }
    const changed = existing ? changedFields(before, after) : Object.keys(after);
    if (changed.length > 0) {
      after.updatedAt = new Date();
      await manager.save(AuthSource, after);
    }
    const relinked = settings.applications
      ? await this.link(manager, settings.id, settings.applications)
      : [];
    return { created: !existing, fields: [...changed, ...relinked] };
  }

  private isSecretOf(source: AuthSource, secret: string): boolean {
    try {
      return source.appSecretSealed !== null && this.appSecret(source) === secret;
    } catch (error) {
      // Giving the secret anew is how one that cannot be opened any more is replaced.
      if (error instanceof SealedSecretUnreadable) return false;
      throw error;
    }
  }

  private async link(manager: EntityManager, authSourceId: string, clientIds: string[]): Promise<string[]> {
    const links = await manager.findBy(LinkedApplication, { authSourceId });
    const added = clientIds.filter((clientId) => !links.some((link) => link.clientId === clientId));
    const removed = links.filter((link) => !clientIds.includes(link.clientId));
    if (removed.length > 0) await manager.remove(LinkedApplication, removed);
    if (added.length > 0) {
      await manager.insert(
        LinkedApplication,
        added.map((clientId) => ({ authSourceId, clientId })),
      );
    }
    return added.length + removed.length > 0 ? ['applications'] : [];
  }
}

function newAuthSource({ id, type, app_id }: AuthSourceSettings): AuthSource {
  const missing = Object.entries({ type, app_id }).filter(([, value]) => !value);
  if (!type || !app_id) {
    throw new SettingsRefused(missing.map(([property]) => ({ property, message: 'is required' })));
  }
  const now = new Date();
  const source: Omit<AuthSource, 'linkedApplications'> = {
    id,
    type,
    name: id,
    enabled: true,
    appId: app_id,
    appSecretSealed: null,
    openPlatformAccount: 'default',
    attributeMapping: [],
    createdAt: now,
    updatedAt: now,
  };
  return source as AuthSource;
}

/** The fields that the settings name, in the words of the entity. */
function fieldsOf(settings: AuthSourceSettings): Partial<AuthSource> {
  return given<AuthSource>({
    type: settings.type,
    name: settings.name,
    enabled: settings.enabled,
    appId: settings.app_id,
    openPlatformAccount: settings.open_platform_account,
    attributeMapping: settings.attribute_mapping?.map(({ from, to, update = 'always' }) => ({
      from,
      to,
      update,
    })),
  });
}

/** A sealed secret opens for the auth source that it was sealed for, and for no other. */
function purpose(id: string): string {
  return `app secret of auth source ${id}`;
}
