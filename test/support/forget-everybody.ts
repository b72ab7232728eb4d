import { type EntityManager } from 'typeorm';
import { AuditEvent } from '../../src/audit/audit-event.entity.js';
import { AccessToken } from '../../src/tokens/access-token.entity.js';
import { RefreshToken } from '../../src/tokens/refresh-token.entity.js';
import { Session } from '../../src/tokens/session.entity.js';
import { ExternalIdentity } from '../../src/users/external-identity.entity.js';
import { User } from '../../src/users/user.entity.js';

/** Leaves nobody who has ever signed in: each test has its own people. */
export async function forgetEverybody(manager: EntityManager): Promise<void> {
  for (const entity of [AccessToken, RefreshToken, Session, ExternalIdentity, User, AuditEvent]) {
    await manager.deleteAll(entity);
  }
}
