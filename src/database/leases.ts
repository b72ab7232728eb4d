import { Injectable } from '@nestjs/common';
import { Between, Not } from 'typeorm';
import { Lease } from './lease.entity.js';
import { UnitOfWork } from './unit-of-work.js';

/** Clocks of two instances may differ so much, in milliseconds. */
const CLOCKS_DIFFER_MS = 60_000;

/** Lets one instance do what any of them could: work that every instance is about to do at the same times. */
@Injectable()
export class Leases {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /**
   * Takes the work named `name` for the next `ms` milliseconds, if no instance has it.
   *
   * Nobody gives a lease back: an instance that dies keeps the work from others until the lease expires. One that
   * would last longer than any is from before the clock was set back, and is over.
   *
   * @param ms the same at every instance
   */
  acquire(name: string, ms: number): Promise<boolean> {
    return this.unitOfWork.run(async (manager) => {
      const now = Date.now();
      const lease = { name, expiresAt: new Date(now + ms) };
      const lasting = Between(new Date(now + 1), new Date(now + ms + CLOCKS_DIFFER_MS));
      const { affected } = await manager.update(
        Lease,
        { name, expiresAt: Not(lasting) },
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
