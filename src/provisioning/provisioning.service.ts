import { readFile } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { ApplicationsService } from '../applications/applications.service.js';
import { AuditService } from '../audit/audit.service.js';
import { AuthSourcesService } from '../auth-sources/auth-sources.service.js';
import { ProvisioningConfig } from '../config/provisioning.config.js';
import { SettingsRefused, type SavedSettings, type SettingProblem } from '../database/settings.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { ProvisioningDocument, ProvisioningRefused } from './provisioning-document.js';
import { type ProvisioningFile } from './provisioning-file.js';

/** One thing that a provisioning file changed. */
export interface ProvisioningChange {
  readonly resource: 'application' | 'auth_source';
  readonly id: string;
  readonly action: 'created' | 'updated';
  readonly fields: readonly string[];
}

/** Brings applications and auth sources to what a YAML file says. What the file leaves out keeps its value. */
@Injectable()
export class ProvisioningService {
  constructor(
    private readonly config: ProvisioningConfig,
    private readonly applications: ApplicationsService,
    private readonly authSources: AuthSourcesService,
    private readonly audit: AuditService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * Applies the whole file, or nothing of it. Applying it again changes nothing.
   *
   * @param by who applies it, for the audit
   * @throws ProvisioningRefused naming line and reason of each fault
   */
  async apply(path: string, by: string): Promise<ProvisioningChange[]> {
    const document = new ProvisioningDocument(path, await textOf(path));
    const file = document.read();
    const secretProblems = this.resolveSecrets(file);
    if (secretProblems.length > 0) throw document.refuse(secretProblems);
    try {
      return await this.unitOfWork.run((manager) => this.applyAll(manager, file, by));
    } catch (error) {
      throw error instanceof SettingsRefused ? document.refuse(error.problems) : error;
    }
  }

  private async applyAll(manager: EntityManager, file: ProvisioningFile, by: string): Promise<ProvisioningChange[]> {
    const changes: ProvisioningChange[] = [];
    const problems: SettingProblem[] = [];
    const apply = async (resource: ProvisioningChange['resource'], id: string, at: string, save: () => Promise<SavedSettings>) => {
      try {
        const { created, fields } = await save();
        if (fields.length > 0) changes.push({ resource, id, action: created ? 'created' : 'updated', fields });
      } catch (error) {
        if (!(error instanceof SettingsRefused)) throw error;
        problems.push(...error.problems.map(({ property, message }) => ({ property: `${at}.${property}`, message })));
      }
    };
    for (const [index, settings] of (file.applications ?? []).entries()) {
      const save = () => this.applications.save(manager, settings);
      await apply('application', settings.client_id, `applications.${index}`, save);
    }
    for (const [index, settings] of (file.auth_sources ?? []).entries()) {
      const unknown = await this.applications.unknownAmong(manager, settings.applications ?? []);
      const message = `unknown application ${unknown.join(', ')}`;
      if (unknown.length > 0) problems.push({ property: `auth_sources.${index}.applications`, message });
      else await apply('auth_source', settings.id, `auth_sources.${index}`, () => this.authSources.save(manager, settings));
    }
    if (problems.length > 0) throw new SettingsRefused(problems);
    for (const { fields, ...change } of changes) {
      await this.audit.record(manager, 'admin_changed', {}, { ...change, fields: [...fields], by });
    }
    return changes;
  }

  /** Puts the secrets that the file names by variable into their places. */
  private resolveSecrets(file: ProvisioningFile): SettingProblem[] {
    const applications = (file.applications ?? []).map((entry, index) => ({
      at: `applications.${index}.client_secret`,
      variable: entry.client_secret_env,
      secret: entry.client_secret,
      set: (secret: string) => (entry.client_secret = secret),
    }));
    const authSources = (file.auth_sources ?? []).map((entry, index) => ({
      at: `auth_sources.${index}.app_secret`,
      variable: entry.app_secret_env,
      secret: entry.app_secret,
      set: (secret: string) => (entry.app_secret = secret),
    }));
    return [...applications, ...authSources].flatMap(({ at, variable, secret, set }) => {
      if (variable && secret) return [{ property: `${at}_env`, message: 'give the secret or its variable, not both' }];
      const value = variable ? this.config.secret(variable) : secret;
      if (variable && !value) return [{ property: `${at}_env`, message: `the environment variable ${variable} is not set` }];
      if (value && this.config.refuses(value)) {
        return [{ property: variable ? `${at}_env` : at, message: 'is a placeholder, which production refuses' }];
      }
      if (value) set(value);
      return [];
    });
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ProvisioningRefused(`The provisioning file ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}
