import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { ApplicationsService } from '../applications/applications.service.js';
import { AuditService } from '../audit/audit.service.js';
import { type AdministrativeAction } from '../audit/audit-event-types.js';
import { describeAuthSource } from '../auth-sources/auth-source-description.js';
import { type AuthSourceSettings } from '../auth-sources/auth-source-settings.js';
import { type AuthSource } from '../auth-sources/auth-source.entity.js';
import { AuthSourcesService } from '../auth-sources/auth-sources.service.js';
import { type Page, type PageRequest } from '../database/page.js';
import { type SavedSettings } from '../database/settings.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { ResourceConflict, UnknownResource } from './administration.errors.js';
import { assertMatches, entityTag } from './entity-tag.js';
import { assertIdentifier } from './identifier.js';
import { type Operator } from './operator.js';
import { SessionAdministration } from './session-administration.js';

/** An auth source as an operator is told of it: without its secret. */
export type AuthSourceAnswer = ReturnType<typeof answerOf>;

export interface AdministratedAuthSource {
  readonly answer: AuthSourceAnswer;
  readonly etag: string;
}

/** What operators do with auth sources. Every change is audited. */
@Injectable()
export class AuthSourceAdministration {
  constructor(
    private readonly authSources: AuthSourcesService,
    private readonly applications: ApplicationsService,
    private readonly sessions: SessionAdministration,
    private readonly audit: AuditService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  list(request: PageRequest): Promise<Page<AuthSourceAnswer>> {
    return this.unitOfWork.read(async (manager) => {
      const page = await this.authSources.list(manager, request);
      return { ...page, items: page.items.map(answerOf) };
    });
  }

  /** @throws UnknownResource */
  read(id: string): Promise<AdministratedAuthSource> {
    return this.unitOfWork.read((manager) => this.describe(manager, id));
  }

  /**
   * @throws ResourceConflict when there is one of that id
   * @throws SettingsRefused, also when it names an application that there is not
   */
  async create(settings: AuthSourceSettings, operator: Operator): Promise<AdministratedAuthSource> {
    await this.unitOfWork.read((manager) => this.assertNone(manager, settings.id));
    // Of an earlier one of that id: another process may have begun some before it knew of the deletion.
    await this.sessions.endMany({ authSourceId: settings.id });
    return this.unitOfWork.run(async (manager) => {
      await this.assertNone(manager, settings.id);
      return this.save(manager, settings, 'created', operator);
    });
  }

  /**
   * Changes what the settings name.
   *
   * @param ifMatch what the caller believes it to be
   * @throws UnknownResource, ChangedMeanwhile
   * @throws SettingsRefused, also when it names an application that there is not
   */
  change(
    settings: AuthSourceSettings,
    ifMatch: string | undefined,
    operator: Operator,
  ): Promise<AdministratedAuthSource> {
    return this.unitOfWork.run(async (manager) => {
      assertMatches(ifMatch, (await this.describe(manager, settings.id)).etag);
      return this.save(manager, settings, 'updated', operator);
    });
  }

  /**
   * Deletes a disabled auth source, its links and its sessions; none is fine, too. Its users stay.
   *
   * @throws ResourceConflict while it is enabled
   * @throws ChangedMeanwhile
   */
  async remove(id: string, ifMatch: string | undefined, operator: Operator): Promise<void> {
    const removable = async (manager: EntityManager) => {
      const source = await this.authSources.read(manager, id);
      if (!source) return undefined;
      assertMatches(ifMatch, tagOf(source));
      if (source.enabled) throw new ResourceConflict('Disable it first');
      return source;
    };
    assertIdentifier(id);
    await this.unitOfWork.run(removable);
    await this.sessions.endMany({ authSourceId: id });
    await this.unitOfWork.run(async (manager) => {
      const source = await removable(manager);
      if (!source) return;
      await this.authSources.remove(manager, id);
      const before = describeAuthSource(source);
      const deleted = { fields: Object.keys(before), before, after: {} };
      await this.record(manager, id, 'deleted', deleted, operator);
    });
    // Those that another process has begun before it knew.
    await this.sessions.endMany({ authSourceId: id });
  }

  private async save(
    manager: EntityManager,
    settings: AuthSourceSettings,
    action: AdministrativeAction,
    operator: Operator,
  ): Promise<AdministratedAuthSource> {
    await this.applications.assertKnown(manager, settings.applications ?? []);
    const saved = await this.authSources.save(manager, settings);
    // Somebody else's, which was committed since it was looked for.
    if (action === 'created' && !saved.created) throw new ResourceConflict('Already exists');
    if (saved.fields.length > 0) await this.record(manager, settings.id, action, saved, operator);
    return this.describe(manager, settings.id);
  }

  private async assertNone(manager: EntityManager, id: string): Promise<void> {
    if (await this.authSources.read(manager, id)) throw new ResourceConflict('Already exists');
  }

  private async describe(manager: EntityManager, id: string): Promise<AdministratedAuthSource> {
    const source = await this.authSources.read(manager, id);
    if (!source) throw new UnknownResource();
    return { answer: answerOf(source), etag: tagOf(source) };
  }

  private record(
    manager: EntityManager,
    id: string,
    action: AdministrativeAction,
    saved: Omit<SavedSettings, 'created'>,
    operator: Operator,
  ): Promise<void> {
    return this.audit.recordChange(manager, { resource: 'auth_source', id, action, ...saved }, operator);
  }
}

function answerOf(source: AuthSource) {
  return {
    ...describeAuthSource(source),
    created_at: source.createdAt.toISOString(),
    updated_at: source.updatedAt.toISOString(),
  };
}

function tagOf(source: AuthSource): string {
  return entityTag(answerOf(source), source.appSecretSealed);
}
