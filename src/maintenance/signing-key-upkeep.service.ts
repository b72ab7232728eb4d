import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { SigningKeyRotation, type AwaitedKey, type RotatedKey } from '../tokens/signing-key-rotation.js';
import { SigningKeysService } from '../tokens/signing-keys.service.js';

/** Replaces signing keys, by age and on demand. Any number of instances may do so at once: each key is replaced once. */
@Injectable()
export class SigningKeyUpkeep {
  constructor(
    private readonly rotation: SigningKeyRotation,
    private readonly keys: SigningKeysService,
    private readonly audit: AuditService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** Replaces what is due, and deletes what nobody needs any more. @returns what this instance has replaced */
  async run(): Promise<RotatedKey[]> {
    await this.rotation.provide();
    const rotated = await this.unitOfWork.run(async (manager) => {
      const replaced = await this.rotation.rotateDue(manager);
      for (const { alg, kid, retiredKid, cause } of replaced) {
        await this.audit.record(
          manager,
          'signing_key_rotated',
          {},
          { alg, kid, retired_kid: retiredKid, cause },
        );
      }
      await this.rotation.deleteExpired(manager);
      return replaced;
    });
    if (rotated.length > 0) await this.rotation.provide();
    await this.keys.reload();
    return rotated;
  }

  /**
   * Replaces every active key now, or, where its successor was published too short a time ago for everybody to know
   * it, as soon as that may sign.
   *
   * @param record says who has asked for it, in the same unit of work
   * @returns what was replaced, and which keys are still awaited
   */
  async rotate(
    record?: (manager: EntityManager) => Promise<void>,
  ): Promise<{ readonly rotated: RotatedKey[]; readonly awaited: AwaitedKey[] }> {
    await this.unitOfWork.run(async (manager) => {
      await this.rotation.request(manager);
      await record?.(manager);
    });
    const rotated = await this.run();
    return { rotated, awaited: await this.unitOfWork.run((manager) => this.rotation.awaited(manager)) };
  }
}
