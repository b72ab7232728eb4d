import {
  Global,
  Module,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
} from '@nestjs/common';
import { AdminConfig } from './admin.config.js';
import { AuditConfig } from './audit.config.js';
import { readConfiguration, type Configuration } from './configuration.js';
import { DatabaseConfig } from './database.config.js';
import { EncryptionConfig } from './encryption.config.js';
import { processEnvironment, type EnvironmentVariables } from './environment.js';
import { HttpConfig } from './http.config.js';
import { LoggingConfig } from './logging.config.js';
import { ProvisioningConfig } from './provisioning.config.js';
import { RateLimitConfig } from './rate-limit.config.js';
import { SigningKeysConfig } from './signing-keys.config.js';
import { TracingConfig } from './tracing.config.js';
import { WechatConfig } from './wechat.config.js';

/** The environment variables that the configuration is read from; a test may override this provider. */
export const ENVIRONMENT = Symbol('ENVIRONMENT');

const CONFIGURATION = Symbol('CONFIGURATION');

const slices = [
  HttpConfig,
  DatabaseConfig,
  EncryptionConfig,
  SigningKeysConfig,
  AdminConfig,
  AuditConfig,
  ProvisioningConfig,
  WechatConfig,
  RateLimitConfig,
  LoggingConfig,
  TracingConfig,
];

/** Reads the environment once and provides each feature's slice under its class. */
@Global()
@Module({
  providers: [
    { provide: ENVIRONMENT, useFactory: processEnvironment },
    {
      provide: CONFIGURATION,
      inject: [ENVIRONMENT],
      useFactory: (environment: EnvironmentVariables) => readConfiguration(environment),
    },
    ...slices.map((slice) => ({
      provide: slice,
      inject: [CONFIGURATION],
      useFactory: (configuration: Configuration) => configuration.get<unknown>(slice),
    })),
  ],
  exports: slices,
})
export class ConfigModule {
  /**
   * Reads other variables than those of this process.
   *
   * @param environment says which
   * @param imports of the modules that it injects from
   */
  static reading(
    environment: Omit<FactoryProvider<EnvironmentVariables>, 'provide'>,
    imports: ModuleMetadata['imports'] = [],
  ): DynamicModule {
    return { module: ConfigModule, imports, providers: [{ ...environment, provide: ENVIRONMENT }] };
  }
}
