import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RefreshToken } from './refresh-token.entity.js';
import { RefreshTokensService } from './refresh-tokens.service.js';
import { Session } from './session.entity.js';
import { SigningKey } from './signing-key.entity.js';
import { SigningKeysService } from './signing-keys.service.js';
import { TokenIssuer } from './token-issuer.js';

@Module({
  imports: [TypeOrmModule.forFeature([SigningKey, Session, RefreshToken])],
  providers: [SigningKeysService, TokenIssuer, RefreshTokensService],
  exports: [SigningKeysService, TokenIssuer, RefreshTokensService],
})
export class TokensModule {}
