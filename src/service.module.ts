import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AdminModule } from './admin/admin.module.js';
import { DatabaseModule } from './database/database.module.js';
import { HealthModule } from './health/health.module.js';
import { MaintenanceModule } from './maintenance/maintenance.module.js';
import { MetricsEndpointModule } from './metrics/metrics-endpoint.module.js';
import { OAuthModule } from './oauth/oauth.module.js';
import { OidcModule } from './oidc/oidc.module.js';
import { OpenapiModule } from './openapi/openapi.module.js';
import { ProvisioningModule } from './provisioning/provisioning.module.js';
import { UnroutedRequestFilter } from './unrouted-request.filter.js';

/** All that the service is made of, but its configuration. */
@Module({
  imports: [
    DatabaseModule,
    OAuthModule,
    OidcModule,
    AdminModule,
    ProvisioningModule,
    MaintenanceModule,
    MetricsEndpointModule,
    HealthModule,
    OpenapiModule,
  ],
  providers: [{ provide: APP_FILTER, useClass: UnroutedRequestFilter }],
})
export class ServiceModule {}
