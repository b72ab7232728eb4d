import { Module } from '@nestjs/common';
import { ApplicationsModule } from '../applications/applications.module.js';
import { CorsModule } from '../cors/cors.module.js';
import { RateLimitModule } from '../rate-limit/rate-limit.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { DiscoveryController } from './discovery.controller.js';
import { JwksController } from './jwks.controller.js';
import { UserinfoController } from './userinfo.controller.js';
import { UserinfoService } from './userinfo.service.js';

@Module({
  imports: [ApplicationsModule, TokensModule, UsersModule, RateLimitModule, CorsModule],
  controllers: [DiscoveryController, JwksController, UserinfoController],
  providers: [UserinfoService],
})
export class OidcModule {}
