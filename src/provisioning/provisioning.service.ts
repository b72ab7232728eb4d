import { readFile } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { ApplicationsService } from '../applications/applications.service.js';
import { AuditService } from '../audit/audit.service.js';
import { AuthSourcesService } from '../auth-sources/auth-sources.service.js';
import { ProvisioningConfig } from '../config/provisioning.config.js';
import { SettingsRefused } from '../database/settings.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { ProvisioningAttempt } from './provisioning-attempt.js';
import { type ProvisioningChange } from './provisioning-change.js';
import { ProvisioningDocument, ProvisioningRefused } from './provisioning-document.js';
import { type ProvisioningFile } from './provisioning-file.js';
import { fillInSecrets } from './secret-variables.js';

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
    const problems = fillInSecrets(file, this.config);
    if (problems.length > 0) throw document.refuse(problems);
    document.check(file);
    try {
      return await this.unitOfWork.run((manager) => this.applyAll(manager, file, by));
    } catch (error) {
      throw error instanceof SettingsRefused ? document.refuse(error.problems) : error;
    }
  }

  private async applyAll(
    manager: EntityManager,
    file: ProvisioningFile,
    by: string,
  ): Promise<ProvisioningChange[]> {
    const applications = file.applications ?? [];
    const authSources = file.auth_sources ?? [];
    const attempt = new ProvisioningAttempt();
    for (const [index, settings] of applications.entries()) {
      const entry = {
        resource: 'application',
        id: settings.client_id,
        path: `applications.${index}`,
      } as const;
      await attempt.save(entry, () => this.applications.save(manager, settings));
    }
    const known = applications.map(({ client_id }) => client_id);
    for (const [index, settings] of authSources.entries()) {
      const entry = { resource: 'auth_source', id: settings.id, path: `auth_sources.${index}` } as const;
      await attempt.save(entry, async () => {
        const others = (settings.applications ?? []).filter((clientId) => !known.includes(clientId));
        await this.applications.assertKnown(manager, others);
        return this.authSources.save(manager, settings);
      });
    }
    if (attempt.problems.length > 0) throw new SettingsRefused(attempt.problems);
    for (const change of attempt.changes) await this.audit.recordChange(manager, change, { by });
    return attempt.changes.map(({ resource, id, action, fields }) => ({ resource, id, action, fields }));
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : code;
    throw new ProvisioningRefused(`The provisioning file ${path} cannot be read: ${reason}`);
  }
}
