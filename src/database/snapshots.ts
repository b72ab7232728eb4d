import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { patiently, withPatience } from './patience.js';
import { Revision } from './revision.entity.js';
import { UnitOfWork, afterCommit } from './unit-of-work.js';

/** What was looked at longer ago is looked at again before it is used: so a change is in force everywhere within 5 s. */
const FRESH_MS = 4500;

/** Older rows are read again whatever the revision says: somebody may have changed them without saying so. */
const OLDEST_MS = 60_000;

/**
 * Rows that seldom change and that every request needs, in memory.
 *
 * Whoever changes them says so by `changed`, in the same unit of work: the own process reads them again at once, every
 * other when it next looks at the revision, which all do every two seconds.
 */
export interface Snapshot<T> {
  /**
   * What is in force. Shared by all requests: nobody may write into it.
   *
   * @param manager of the unit of work that the caller is in, if it is in one
   */
  get(manager?: EntityManager): Promise<T>;
  /** Must be called in the unit of work that has changed the rows, after the change. */
  changed(manager: EntityManager): Promise<void>;
}

interface Held {
  readonly rows: unknown;
  readonly revision: number;
  readonly readAt: number;
}

/** All snapshots of this process. They are as old as the last look at the revisions, which is one statement. */
@Injectable()
export class Snapshots {
  private readonly readers = new Map<string, (manager: EntityManager) => Promise<unknown>>();
  private readonly held = new Map<string, Held>();
  private lookedAt = -Infinity;
  /** Counts this process' own changes: what began to be read before one of them is not kept. */
  private changes = 0;
  private looking: Promise<void> | undefined;

  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** @param read reads the rows, in a unit of work; called again after each change */
  of<T>(name: string, read: (manager: EntityManager) => Promise<T>): Snapshot<T> {
    this.readers.set(name, read);
    return {
      get: async (manager) => (await this.current(name, manager)) as T,
      changed: async (manager) => {
        const { affected } = await manager.increment(Revision, { name }, 'value', 1);
        if (affected !== 1) await manager.insert(Revision, { name, value: 1 });
        afterCommit(manager, () => {
          this.changes++;
          this.held.delete(name);
        });
      },
    };
  }

  /**
   * Looks whether another process has changed anything, and reads what has changed.
   *
   * @throws the database's own error; nothing is in force then until a look succeeds
   */
  async look(): Promise<void> {
    // For everybody who waits: the patience of one must not end it for the others.
    this.looking ??= withPatience(() => this.lookNow()).finally(() => (this.looking = undefined));
    await patiently(this.looking);
  }

  private async current(name: string, manager?: EntityManager): Promise<unknown> {
    for (;;) {
      const held = this.held.get(name);
      if (held && performance.now() - this.lookedAt < FRESH_MS) return held.rows;
      // A unit of work must not wait for another one.
      if (manager) return this.readers.get(name)!(manager);
      await this.look();
    }
  }

  private async lookNow(): Promise<void> {
    const begunAt = performance.now();
    const { changes } = this;
    try {
      const read = await this.unitOfWork.read((manager) => this.readChanged(manager));
      if (changes !== this.changes) return;
      for (const [name, held] of read) this.held.set(name, held);
      this.lookedAt = begunAt;
    } catch (error) {
      this.lookedAt = -Infinity;
      throw error;
    }
  }

  /** All as it was at one time: rows and the revision that says so. */
  private async readChanged(manager: EntityManager): Promise<Map<string, Held>> {
    const revisions = new Map((await manager.find(Revision)).map(({ name, value }) => [name, value]));
    const read = new Map<string, Held>();
    for (const [name, rows] of this.readers) {
      const revision = revisions.get(name) ?? 0;
      const held = this.held.get(name);
      const readAt = performance.now();
      if (held?.revision === revision && readAt - held.readAt < OLDEST_MS) continue;
      read.set(name, { rows: await rows(manager), revision, readAt });
    }
    return read;
  }
}
