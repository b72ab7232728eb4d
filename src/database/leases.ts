import { Injectable } from '@nestjs/common';
import { LessThanOrEqual } from 'typeorm';
import { Lease } from './lease.entity.js';
import { UnitOfWork } from './unit-of-work.js';

/** Lets one instance do what any of them could: work that every instance is about to do at the same times. */
@Injectable()
export class Leases {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /**
   * Takes the work named `name` for the next `ms` milliseconds, if no instance has it.
   *
   * Nobody gives a lease back: an instance that dies keeps the work from others until the lease expires.
   */
  acquire(name: string, ms: number): Promise<boolean> {
    return this.unitOfWork.run(async (manager) => {
      const now = Date.now();
      const lease = { name, expiresAt: new Date(now + ms) };
      const { affected } = await manager.update(
        Lease,
        { name, expiresAt: LessThanOrEqual(new Date(now)) },
        { expiresAt: lease.expiresAt },
      );
      if (affected === 1) return true;
      if (await manager.existsBy(Lease, { name })) return false;
      // Two that find no lease both insert it: one is refused by the key, runs again and finds it.
      await manager.insert(Lease, lease);
      return true;
    });
  }
}
