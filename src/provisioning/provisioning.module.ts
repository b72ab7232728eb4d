import { Logger, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { ApplicationsModule } from '../applications/applications.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { AuthSourcesModule } from '../auth-sources/auth-sources.module.js';
import { ProvisioningConfig } from '../config/provisioning.config.js';
import { Schema } from '../database/schema.js';
import { describeChange } from './provisioning-change.js';
import { ProvisioningService } from './provisioning.service.js';

@Module({
  imports: [ApplicationsModule, AuthSourcesModule, AuditModule],
  providers: [ProvisioningService],
})
export class ProvisioningModule implements OnApplicationBootstrap {
  private readonly logger = new Logger('Provisioning');

  constructor(
    private readonly config: ProvisioningConfig,
    private readonly provisioning: ProvisioningService,
    private readonly schema: Schema,
  ) {}

  /**
   * Applies `PROVISION_FILE` before the service listens.
   *
   * @throws ProvisioningRefused
   */
  async onApplicationBootstrap(): Promise<void> {
    const { file } = this.config;
    if (file) await this.schema.whenApplied(() => this.apply(file));
  }

  private async apply(file: string): Promise<void> {
    const changes = await this.provisioning.apply(file, 'PROVISION_FILE');
    for (const change of changes) this.logger.log(describeChange(change));
  }
}
