import { DataSource } from 'typeorm';
import { Application } from './src/applications/application.entity.js';
import { AuditEvent } from './src/audit/audit-event.entity.js';
import { AuthSource } from './src/auth-sources/auth-source.entity.js';
import { LinkedApplication } from './src/auth-sources/linked-application.entity.js';
import { readDatabaseConfig } from './src/config/database.config.js';
import { dataSourceOptions } from './src/database/data-source-options.js';
import { SigningKey } from './src/tokens/signing-key.entity.js';
import { ExternalIdentity } from './src/users/external-identity.entity.js';
import { User } from './src/users/user.entity.js';

/** The data source of the TypeORM command line (`npm run migration:run`, `migration:revert`, `migration:generate`). */
export default new DataSource({
  ...dataSourceOptions(readDatabaseConfig()),
  entities: [Application, AuditEvent, AuthSource, ExternalIdentity, LinkedApplication, SigningKey, User],
});
