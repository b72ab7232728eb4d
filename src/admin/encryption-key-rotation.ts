import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import { AuthSourcesService } from '../auth-sources/auth-sources.service.js';
import { SecretCipher } from '../database/secret-cipher.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { SigningKeyRecords } from '../tokens/signing-key-records.js';
import { type Operator } from './operator.js';

/** How far it has come. */
export interface ReencryptionProgress {
  readonly done: number;
  readonly total: number;
}

/**
 * Encrypts every stored secret under `ENCRYPTION_KEY` that is still under one of `DECRYPTION_KEYS`.
 *
 * One secret after the other, each in a unit of work: whoever is cut off goes on where it was, and services go on
 * meanwhile.
 */
@Injectable()
export class EncryptionKeyRotation {
  constructor(
    private readonly authSources: AuthSourcesService,
    private readonly signingKeys: SigningKeyRecords,
    private readonly cipher: SecretCipher,
    private readonly audit: AuditService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * @param tell is told after each secret
   * @returns how many secrets were encrypted anew
   * @throws SealedSecretUnreadable when none of the keys opens one; those before it are done
   */
  async run(operator: Operator, tell: (progress: ReencryptionProgress) => void): Promise<number> {
    const kinds = [this.signingKeys, this.authSources];
    const total = await this.unitOfWork.run(async (manager) => {
      let count = 0;
      for (const kind of kinds) count += await kind.countStale(manager);
      if (count > 0) await this.record(manager, count, operator);
      return count;
    });
    let done = 0;
    for (const kind of kinds) {
      while ((await this.unitOfWork.run((manager) => kind.resealNext(manager))) > 0) {
        done++;
        tell({ done, total: Math.max(done, total) });
      }
    }
    return done;
  }

  /** Before it is done: a rotation that is cut off has begun, too. */
  private record(manager: EntityManager, secrets: number, { by, ...requester }: Operator): Promise<void> {
    return this.audit.record(manager, 'admin_changed', requester, {
      resource: 'encryption_key',
      id: this.cipher.keyId,
      action: 'rotated',
      fields: [],
      before: {},
      after: { secrets },
      by,
    });
  }
}
