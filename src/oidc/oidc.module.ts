import { Module } from '@nestjs/common';
import { ApplicationsModule } from '../applications/applications.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { DiscoveryController } from './discovery.controller.js';
import { JwksController } from './jwks.controller.js';

@Module({
  imports: [ApplicationsModule, TokensModule],
  controllers: [DiscoveryController, JwksController],
})
export class OidcModule {}
