import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccessToken } from './access-token.entity.js';
import { AccessTokensService } from './access-tokens.service.js';
import { ExpiredTokens } from './expired-tokens.js';
import { KeyPairs } from './key-pairs.js';
import { RefreshToken } from './refresh-token.entity.js';
import { RefreshTokensService } from './refresh-tokens.service.js';
import { Session } from './session.entity.js';
import { SessionsService } from './sessions.service.js';
import { SigningKeyRecords } from './signing-key-records.js';
import { SigningKeyRotation } from './signing-key-rotation.js';
import { SigningKey } from './signing-key.entity.js';
import { SigningKeysService } from './signing-keys.service.js';
import { TokenIssuer } from './token-issuer.js';

const services = [
  SigningKeysService,
  SigningKeyRotation,
  SigningKeyRecords,
  TokenIssuer,
  AccessTokensService,
  RefreshTokensService,
  SessionsService,
  ExpiredTokens,
];

@Module({
  imports: [TypeOrmModule.forFeature([SigningKey, Session, RefreshToken, AccessToken])],
  providers: [KeyPairs, ...services],
  exports: services,
})
export class TokensModule {}
