import { Module } from '@nestjs/common';
import { ApplicationsModule } from '../applications/applications.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { AuthSourcesModule } from '../auth-sources/auth-sources.module.js';
import { ConfigModule } from '../config/config.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { SigningKeyUpkeep } from '../maintenance/signing-key-upkeep.service.js';
import { OAuthModule } from '../oauth/oauth.module.js';
import { ProvisioningService } from '../provisioning/provisioning.service.js';
import { TokensModule } from '../tokens/tokens.module.js';

/**
 * What the commands need of the service. `ProvisioningModule` and `MaintenanceModule` are not here: what they do by
 * themselves is the service's.
 */
@Module({
  // The grants are known where the token endpoint is, and an application may have no other.
  imports: [
    ConfigModule,
    DatabaseModule,
    OAuthModule,
    ApplicationsModule,
    AuthSourcesModule,
    TokensModule,
    AuditModule,
  ],
  providers: [ProvisioningService, SigningKeyUpkeep],
})
export class CliModule {}
