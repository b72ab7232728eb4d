import { Module } from '@nestjs/common';
import { AdministrationModule } from '../admin/administration.module.js';
import { ApplicationsModule } from '../applications/applications.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { AuthSourcesModule } from '../auth-sources/auth-sources.module.js';
import { ConfigModule } from '../config/config.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { OAuthModule } from '../oauth/oauth.module.js';
import { ProvisioningExport } from '../provisioning/provisioning-export.js';
import { ProvisioningService } from '../provisioning/provisioning.service.js';

/**
 * What the commands need of the service. `ProvisioningModule` and `MaintenanceModule` are not here: what they do by
 * themselves is the service's.
 */
@Module({
  // The grants are known where the token endpoint is, and an application may have no other.
  imports: [
    ConfigModule,
    DatabaseModule,
    MetricsModule,
    OAuthModule,
    AdministrationModule,
    ApplicationsModule,
    AuthSourcesModule,
    AuditModule,
  ],
  providers: [ProvisioningService, ProvisioningExport],
})
export class CliModule {}
