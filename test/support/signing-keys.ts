import { SchedulerRegistry } from '@nestjs/schedule';
import { AuditEvent } from '../../src/audit/audit-event.entity.js';
import { SigningKeyUpkeep } from '../../src/maintenance/signing-key-upkeep.service.js';
import { SigningKey } from '../../src/tokens/signing-key.entity.js';
import { SigningKeysService } from '../../src/tokens/signing-keys.service.js';
import { publishedKeys } from './jwt.js';
import { type RunningService } from './service.js';

/** How long a key has to be published before it signs, in seconds: the max-age of a JWKS, and a minute's margin. */
export const KEYS_KNOWN_AFTER_S = 300 + 60;

/** What a service does with its signing keys, from now on when the test says so and not by itself. */
export function signingKeysOf({ app, dataSource, url }: RunningService) {
  const schedule = app.get(SchedulerRegistry);
  schedule.getIntervals().forEach((name) => schedule.deleteInterval(name));
  const upkeep = app.get(SigningKeyUpkeep);
  return {
    run: () => upkeep.run(),
    rotate: () => upkeep.rotate(),
    reload: () => app.get(SigningKeysService).reload(),
    /** The `kid` of each key of the JWKS, in its order. */
    published: async () => (await publishedKeys(url)).map(({ kid }) => kid),
    /** Every key as the database holds it, in the order of the JWKS as long as none is retired. */
    stored: () => dataSource.manager.find(SigningKey, { order: { alg: 'DESC', state: 'ASC' } }),
    rotations: () =>
      dataSource.manager.find(AuditEvent, { where: { type: 'signing_key_rotated' }, order: { id: 'ASC' } }),
  };
}

export type SigningKeys = ReturnType<typeof signingKeysOf>;
