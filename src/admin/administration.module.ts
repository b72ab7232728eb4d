import { Module } from '@nestjs/common';
import { ApplicationsModule } from '../applications/applications.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { AuthSourcesModule } from '../auth-sources/auth-sources.module.js';
import { Erasure } from '../maintenance/erasure.service.js';
import { SigningKeyUpkeep } from '../maintenance/signing-key-upkeep.service.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { ApplicationAdministration } from './application-administration.js';
import { AuditReader } from './audit-reader.js';
import { AuthSourceAdministration } from './auth-source-administration.js';
import { EncryptionKeyRotation } from './encryption-key-rotation.js';
import { KeyAdministration } from './key-administration.js';
import { MappingPreview } from './mapping-preview.js';
import { SessionAdministration } from './session-administration.js';
import { UserAdministration } from './user-administration.js';

const services = [
  ApplicationAdministration,
  AuthSourceAdministration,
  MappingPreview,
  UserAdministration,
  SessionAdministration,
  AuditReader,
  KeyAdministration,
  EncryptionKeyRotation,
];

/** What operators do, by whatever way they come: the admin API and the command line. */
@Module({
  imports: [ApplicationsModule, AuthSourcesModule, UsersModule, TokensModule, AuditModule],
  providers: [SigningKeyUpkeep, Erasure, ...services],
  exports: services,
})
export class AdministrationModule {}
