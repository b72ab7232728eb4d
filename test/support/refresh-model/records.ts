import { AuditEvent } from '../../../src/audit/audit-event.entity.js';
import { hashToken } from '../../../src/tokens/opaque-token.js';
import { RefreshToken } from '../../../src/tokens/refresh-token.entity.js';
import { type RunningService } from '../service.js';
import { type Records } from './model.js';
import { type Numbers } from './numbers.js';
import { sinceStart } from './service-clock.js';

/**
 * Reads what the service has written down.
 *
 * @param refreshTokens all that it has given out; any other token is number 0
 */
export async function readRecords(
  { dataSource: { manager } }: RunningService,
  refreshTokens: Numbers,
): Promise<Records> {
  const hashes = refreshTokens.values.map(hashToken);
  const numberOf = ({ hash }: RefreshToken) => hashes.indexOf(hash) + 1;
  const now = Date.now();
  const tokens = await manager.find(RefreshToken, { relations: { session: true } });
  const events = await manager.findBy(AuditEvent, { type: 'refresh_token_reuse' });
  const live = tokens.filter(
    ({ consumedAt, expiresAt, session }) =>
      !consumedAt && !session.revokedAt && Math.min(expiresAt.getTime(), session.expiresAt.getTime()) > now,
  );
  const firstOf = (sessionId: unknown) =>
    Math.min(...tokens.filter((token) => token.sessionId === sessionId).map(numberOf));
  return {
    live: live
      .map((token) => ({ number: numberOf(token), expiresAt: sinceStart(token.expiresAt) }))
      .sort((one, other) => one.number - other.number),
    stolen: events.map(({ detail }) => firstOf(detail.session_id)).sort((one, other) => one - other),
  };
}
