import {
  Module,
  type DynamicModule,
  type InjectionToken,
  type ModuleMetadata,
  type OptionalFactoryDependency,
} from '@nestjs/common';
import { ConfigModule } from './config/config.module.js';
import { type EnvironmentVariables } from './config/environment.js';
import { grantModule, type GrantDeclaration } from './oauth/grants/grant-declaration.js';
import { ServiceModule } from './service.module.js';

/**
 * How the service is configured inside another application.
 *
 * @publicApi
 */
export interface CiamOptions {
  /**
   * What the environment variables would say, under their names; one that is absent has its default. The process'
   * own environment is not read.
   */
  readonly environment: EnvironmentVariables;
  /** Strategies, and modules of strategies, besides the service's own. */
  readonly grants?: readonly GrantDeclaration[];
}

/**
 * The same, where the variables come from elsewhere; the grants are known before.
 *
 * @publicApi
 */
export interface CiamAsyncOptions {
  readonly imports?: ModuleMetadata['imports'];
  readonly inject?: (InjectionToken | OptionalFactoryDependency)[];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what is injected is the caller's
  readonly useFactory: (...injected: any[]) => EnvironmentVariables | Promise<EnvironmentVariables>;
  readonly grants?: readonly GrantDeclaration[];
}

/**
 * The whole service as a module of another application, which is created with `bodyParser: false` and given to
 * `configureApp` before it listens.
 *
 * @publicApi
 */
@Module({ imports: [ServiceModule] })
export class CiamModule {
  /** @throws Error at boot, naming every variable that is wrong, or the strategy that cannot be one */
  static forRoot({ environment, grants }: CiamOptions): DynamicModule {
    return this.forRootAsync({ useFactory: () => environment, grants });
  }

  /** @throws Error at boot, naming every variable that is wrong, or the strategy that cannot be one */
  static forRootAsync({ imports, inject, useFactory, grants = [] }: CiamAsyncOptions): DynamicModule {
    const configuration = ConfigModule.reading({ inject, useFactory }, imports);
    return { module: CiamModule, imports: [configuration, ...grants.map(grantModule)] };
  }
}
