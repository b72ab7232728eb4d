import { Injectable } from '@nestjs/common';
import { Document } from 'yaml';
import { describeApplication, type ApplicationDescription } from '../applications/application-description.js';
import { ApplicationsService } from '../applications/applications.service.js';
import { describeAuthSource, type AuthSourceDescription } from '../auth-sources/auth-source-description.js';
import { AuthSourcesService } from '../auth-sources/auth-sources.service.js';
import { everyItem } from '../database/page.js';
import { UnitOfWork } from '../database/unit-of-work.js';

const HEADER = ` Every application and auth source, with all their settings but the secrets: those are not in here.
 Applied to another database, this makes the same of it, without secrets. To have them set too, name the variables
 that hold them:
   client_secret_env: WEB_SECRET          # in an application of type web or m2m
   app_secret_env: WECHAT_APP_SECRET      # in an auth source`;

/** What a provisioning file would say to make the database what it is. */
export interface ExportedProvisioning {
  readonly applications: readonly ApplicationDescription[];
  readonly auth_sources: readonly AuthSourceDescription[];
}

/** Writes down what is set up, as a provisioning file. No secret is in it. */
@Injectable()
export class ProvisioningExport {
  constructor(
    private readonly applications: ApplicationsService,
    private readonly authSources: AuthSourcesService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** All of it, in the order of the ids. */
  read(): Promise<ExportedProvisioning> {
    return this.unitOfWork.run(async (manager) => ({
      applications: (await everyItem((request) => this.applications.list(manager, request))).map(
        describeApplication,
      ),
      auth_sources: (await everyItem((request) => this.authSources.list(manager, request))).map(
        describeAuthSource,
      ),
    }));
  }
}

/** The same as YAML that says what it is. */
export function provisioningYaml(exported: ExportedProvisioning): string {
  // What a reader of YAML 1.1 takes for a boolean or a number is quoted as well; and a text is never broken into lines.
  const document = new Document(exported, { compat: 'yaml-1.1', aliasDuplicateObjects: false });
  document.commentBefore = HEADER;
  return document.toString({ lineWidth: 0, blockQuote: false });
}
