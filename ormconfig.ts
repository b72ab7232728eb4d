import { DataSource } from 'typeorm';
import { Application } from './src/applications/application.entity.js';
import { AuditEvent } from './src/audit/audit-event.entity.js';
import { AuthSource, LinkedApplication } from './src/auth-sources/auth-source.entity.js';
import { readDatabaseConfig } from './src/config/database.config.js';
import { Lease } from './src/database/lease.entity.js';
import { Revision } from './src/database/revision.entity.js';
import { schemaOptions } from './src/database/schema-options.js';
import { IdempotentRequest } from './src/idempotency/idempotent-request.entity.js';
import { AccessToken } from './src/tokens/access-token.entity.js';
import { RefreshToken } from './src/tokens/refresh-token.entity.js';
import { Session } from './src/tokens/session.entity.js';
import { SigningKey } from './src/tokens/signing-key.entity.js';
import { ExternalIdentity } from './src/users/external-identity.entity.js';
import { User } from './src/users/user.entity.js';

/**
 * The data source of the TypeORM command line: `npm run migration:run`, `migration:revert`, `migration:generate`.
 *
 * `migration:generate` drafts a migration into `src/database/migrations` in the dialect of the database it ran on.
 * Rewrite it in TypeORM's schema API, as the others are, and append its class to `migrations.ts`: a test compares the
 * outcome with the entities on every database.
 */
export default new DataSource({
  ...(await schemaOptions(readDatabaseConfig())),
  // Here the statements are what the reader wants to see.
  logger: 'advanced-console',
  entities: [
    AccessToken,
    Application,
    AuditEvent,
    AuthSource,
    ExternalIdentity,
    IdempotentRequest,
    Lease,
    LinkedApplication,
    RefreshToken,
    Revision,
    Session,
    SigningKey,
    User,
  ],
});
