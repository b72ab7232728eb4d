import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ApplicationsModule } from '../applications/applications.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { AuthSourcesModule } from '../auth-sources/auth-sources.module.js';
import { CorsModule } from '../cors/cors.module.js';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { RateLimitModule } from '../rate-limit/rate-limit.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { WechatModule } from '../wechat/wechat.module.js';
import { ActiveTokens } from './active-tokens.js';
import { ClientAuthenticator } from './client-authenticator.js';
import { ClientCredentialsGrantStrategy } from './grants/client-credentials/client-credentials-grant.strategy.js';
import { GrantRegistry } from './grants/grant-registry.js';
import { RefreshTokenGrantStrategy } from './grants/refresh-token/refresh-token-grant.strategy.js';
import { WechatCodeGrantStrategy } from './grants/wechat-code/wechat-code-grant.strategy.js';
import { WechatJscodeGrantStrategy } from './grants/wechat-jscode/wechat-jscode-grant.strategy.js';
import { GrantExchange } from './grant-exchange.js';
import { RepeatableLogins } from './repeatable-logins.js';
import { RequestChecks } from './request-checks.js';
import { LoginPreparation } from './login-preparation.js';
import { FailedLogins } from './failed-logins.js';
import { IntrospectionController } from './introspection.controller.js';
import { IntrospectionService } from './introspection.service.js';
import { RevocationController } from './revocation.controller.js';
import { RevocationService } from './revocation.service.js';
import { SessionRenewalService } from './session-renewal.service.js';
import { SessionStanding } from './session-standing.js';
import { SignInService } from './sign-in.service.js';
import { TokenOutcomes } from './token-outcomes.js';
import { TokenRequests } from './token-requests.js';
import { TokenResponses } from './token-response.js';
import { TokenController } from './token.controller.js';

/** The grants that the token endpoint knows; one more is one more line. */
const grants = [
  WechatJscodeGrantStrategy,
  WechatCodeGrantStrategy,
  RefreshTokenGrantStrategy,
  ClientCredentialsGrantStrategy,
];

@Module({
  imports: [
    DiscoveryModule,
    ApplicationsModule,
    AuthSourcesModule,
    UsersModule,
    WechatModule,
    TokensModule,
    AuditModule,
    IdempotencyModule,
    RateLimitModule,
    CorsModule,
  ],
  controllers: [TokenController, RevocationController, IntrospectionController],
  providers: [
    ...grants,
    GrantRegistry,
    ClientAuthenticator,
    RequestChecks,
    GrantExchange,
    RepeatableLogins,
    SignInService,
    SessionStanding,
    SessionRenewalService,
    TokenResponses,
    FailedLogins,
    TokenOutcomes,
    TokenRequests,
    RevocationService,
    IntrospectionService,
    ActiveTokens,
    LoginPreparation,
  ],
  exports: [LoginPreparation, RateLimitModule],
})
export class OAuthModule {}
