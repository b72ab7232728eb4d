import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { type Application } from '../../applications/application.entity.js';
import { GrantTypes } from '../../applications/grant-types.js';
import { UnauthorizedClient, UnsupportedGrantType } from '../oauth.errors.js';
import { GrantType, type GrantStrategy, type GrantTypeOptions } from './grant-strategy.js';
import { ParameterValidator } from '../parameter-validator.js';

/** A grant of the token endpoint, ready to be asked. */
export interface RegisteredGrant {
  readonly options: GrantTypeOptions;
  readonly strategy: GrantStrategy;
  readonly validator: ParameterValidator<object>;
}

/** Finds every provider with `@GrantType()` at boot. */
@Injectable()
export class GrantRegistry implements OnModuleInit {
  private readonly grants = new Map<string, RegisteredGrant>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly grantTypes: GrantTypes,
  ) {}

  /** @throws Error when two strategies claim one grant type, or a login declares no `auth_source_id` */
  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: GrantType.KEY })) {
      const options = this.discovery.getMetadataByDecorator(GrantType, wrapper)!;
      const { grantType, parameters, applicationTypes, authSourceTypes } = options;
      if (this.grants.has(grantType)) throw new Error(`Two strategies claim the grant type ${grantType}`);
      const validator = new ParameterValidator(parameters);
      if (authSourceTypes && !validator.declares('auth_source_id')) {
        throw new Error(`The parameters of ${grantType} do not declare auth_source_id`);
      }
      this.grants.set(grantType, { options, strategy: wrapper.instance as GrantStrategy, validator });
      this.grantTypes.add({ grantType, applicationTypes });
    }
  }

  /** Whether the grant signs a user in at an auth source. */
  isLogin(grantType: string): boolean {
    return this.grants.get(grantType)?.options.authSourceTypes !== undefined;
  }

  /**
   * @throws UnsupportedGrantType when no strategy claims the grant type
   * @throws UnauthorizedClient when the application may not use it
   */
  grantFor(application: Application, grantType: string): RegisteredGrant {
    const grant = this.grants.get(grantType);
    if (!grant) throw new UnsupportedGrantType();
    const isAllowed =
      application.grantTypes.includes(grantType) && grant.options.applicationTypes.includes(application.type);
    if (!isAllowed) throw new UnauthorizedClient();
    return grant;
  }
}
