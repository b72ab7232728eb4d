import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { describeApplication } from '../applications/application-description.js';
import { type ApplicationSettings } from '../applications/application-settings.js';
import { isPublic, type Application } from '../applications/application.entity.js';
import { ApplicationsService } from '../applications/applications.service.js';
import { hashClientSecret } from '../applications/client-secret.js';
import { AuditService } from '../audit/audit.service.js';
import { type AdministrativeAction } from '../audit/audit-event-types.js';
import { AuthSourcesService } from '../auth-sources/auth-sources.service.js';
import { type Page, type PageRequest } from '../database/page.js';
import { type SavedSettings } from '../database/settings.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { ResourceConflict, UnknownResource } from './administration.errors.js';
import { assertMatches, entityTag } from './entity-tag.js';
import { assertIdentifier } from './identifier.js';
import { type Operator } from './operator.js';
import { SessionAdministration } from './session-administration.js';

/** A registered client as an operator is told of it. */
export type ApplicationAnswer = ReturnType<typeof answerOf>;

/** The answer, and its secret if it was generated just now: it is stored hashed, and nobody is told again. */
export interface AdministratedApplication {
  readonly answer: ApplicationAnswer;
  readonly etag: string;
  readonly clientSecret?: string;
}

/** What operators do with applications. Every change is audited. */
@Injectable()
export class ApplicationAdministration {
  constructor(
    private readonly applications: ApplicationsService,
    private readonly authSources: AuthSourcesService,
    private readonly sessions: SessionAdministration,
    private readonly audit: AuditService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  list(request: PageRequest): Promise<Page<ApplicationAnswer>> {
    return this.unitOfWork.read(async (manager) => {
      const page = await this.applications.list(manager, request);
      return { ...page, items: page.items.map(answerOf) };
    });
  }

  /** @throws UnknownResource */
  read(clientId: string): Promise<AdministratedApplication> {
    return this.unitOfWork.read((manager) => this.describe(manager, clientId));
  }

  /**
   * Registers an application; a confidential one without secret is given one.
   *
   * @throws ResourceConflict when there is one of that name
   * @throws SettingsRefused
   */
  async create(settings: ApplicationSettings, operator: Operator): Promise<AdministratedApplication> {
    const { client_id, type, client_secret } = settings;
    const clientSecret = type && !isPublic(type) && !client_secret ? newSecret() : undefined;
    // Slow on purpose, so it is done before anything is locked.
    const hash = clientSecret && (await hashClientSecret(clientSecret));
    await this.unitOfWork.read((manager) => this.assertNone(manager, client_id));
    // Of an earlier one of that name: another process may have begun some before it knew of the deletion.
    await this.sessions.endMany({ clientId: client_id });
    return this.unitOfWork.run(async (manager) => {
      await this.assertNone(manager, client_id);
      const saved = await this.applications.save(manager, settings, hash);
      // Somebody else's, which was committed since it was looked for.
      if (!saved.created) throw new ResourceConflict('Already exists');
      await this.record(manager, client_id, 'created', saved, operator);
      return { ...(await this.describe(manager, client_id)), clientSecret };
    });
  }

  /**
   * Changes what the settings name.
   *
   * @param ifMatch what the caller believes it to be
   * @throws UnknownResource, ChangedMeanwhile, SettingsRefused
   */
  change(
    settings: ApplicationSettings,
    ifMatch: string | undefined,
    operator: Operator,
  ): Promise<AdministratedApplication> {
    const { client_id } = settings;
    return this.unitOfWork.run(async (manager) => {
      assertMatches(ifMatch, (await this.describe(manager, client_id)).etag);
      const saved = await this.applications.save(manager, settings);
      if (saved.fields.length > 0) await this.record(manager, client_id, 'updated', saved, operator);
      return this.describe(manager, client_id);
    });
  }

  /**
   * Gives a confidential application another secret; the one before it does not work any more.
   *
   * @throws UnknownResource
   * @throws ResourceConflict for a public application
   */
  async rotateSecret(clientId: string, operator: Operator): Promise<AdministratedApplication> {
    const clientSecret = newSecret();
    const hash = await hashClientSecret(clientSecret);
    return this.unitOfWork.run(async (manager) => {
      const { answer } = await this.describe(manager, clientId);
      if (isPublic(answer.type)) throw new ResourceConflict('A public application has no secret');
      const saved = await this.applications.save(manager, { client_id: clientId }, hash);
      await this.record(manager, clientId, 'secret_rotated', saved, operator);
      return { ...(await this.describe(manager, clientId)), clientSecret };
    });
  }

  /**
   * Deletes a disabled application, its links and its sessions; none is fine, too.
   *
   * @throws ResourceConflict while it is enabled
   * @throws ChangedMeanwhile
   */
  async remove(clientId: string, ifMatch: string | undefined, operator: Operator): Promise<void> {
    const removable = async (manager: EntityManager) => {
      const application = await this.applications.read(manager, clientId);
      if (!application) return undefined;
      assertMatches(ifMatch, tagOf(application));
      if (application.enabled) throw new ResourceConflict('Disable it first');
      return application;
    };
    assertIdentifier(clientId);
    await this.unitOfWork.run(removable);
    await this.sessions.endMany({ clientId });
    await this.unitOfWork.run(async (manager) => {
      const application = await removable(manager);
      if (!application) return;
      await this.authSources.unlink(manager, clientId);
      await this.applications.remove(manager, clientId);
      const before = describeApplication(application);
      const deleted = { fields: Object.keys(before), before, after: {} };
      await this.record(manager, clientId, 'deleted', deleted, operator);
    });
    // Those that another process has begun before it knew.
    await this.sessions.endMany({ clientId });
  }

  private async assertNone(manager: EntityManager, clientId: string): Promise<void> {
    if (await this.applications.read(manager, clientId)) throw new ResourceConflict('Already exists');
  }

  private async describe(manager: EntityManager, clientId: string): Promise<AdministratedApplication> {
    const application = await this.applications.read(manager, clientId);
    if (!application) throw new UnknownResource();
    return { answer: answerOf(application), etag: tagOf(application) };
  }

  private record(
    manager: EntityManager,
    id: string,
    action: AdministrativeAction,
    saved: Omit<SavedSettings, 'created'>,
    operator: Operator,
  ): Promise<void> {
    return this.audit.recordChange(manager, { resource: 'application', id, action, ...saved }, operator);
  }
}

function answerOf(application: Application) {
  return {
    ...describeApplication(application),
    created_at: application.createdAt.toISOString(),
    updated_at: application.updatedAt.toISOString(),
  };
}

function tagOf(application: Application): string {
  return entityTag(answerOf(application), application.clientSecretHash);
}

/** 256 random bits. */
function newSecret(): string {
  return randomBytes(32).toString('base64url');
}
