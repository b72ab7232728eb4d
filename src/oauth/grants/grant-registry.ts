import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { type Application } from '../../applications/application.entity.js';
import { GrantTypes } from '../../applications/grant-types.js';
import { AuthSourceTypes } from '../../auth-sources/auth-source-types.js';
import { UnauthorizedClient, UnsupportedGrantType } from '../oauth.errors.js';
import { GrantType } from './grant-strategy.js';
import { registrationOf, type RegisteredGrant } from './grant-registration.js';

/** Finds every provider with `@GrantType()` at boot. */
@Injectable()
export class GrantRegistry implements OnModuleInit {
  private readonly grants = new Map<string, RegisteredGrant>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly grantTypes: GrantTypes,
    private readonly authSourceTypes: AuthSourceTypes,
  ) {}

  /** @throws Error when a strategy cannot be one, or two claim one grant type */
  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: GrantType.KEY })) {
      const options = this.discovery.getMetadataByDecorator(GrantType, wrapper)!;
      const { grantType, applicationTypes, authSourceTypes = [] } = options;
      const known = this.grants.get(grantType);
      const grant = registrationOf(options, wrapper);
      if (known) {
        const both = [known, grant]
          .map(({ strategy }) => strategy.constructor.name)
          .sort()
          .join(' and ');
        throw new Error(`Two strategies claim the grant type ${grantType}: ${both}`);
      }
      this.grants.set(grantType, grant);
      this.grantTypes.add({ grantType, applicationTypes });
      authSourceTypes.forEach((type) => this.authSourceTypes.add(type));
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
