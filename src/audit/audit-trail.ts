import { Injectable } from '@nestjs/common';
import { In, LessThan, MoreThanOrEqual, type EntityManager } from 'typeorm';
import { AuditConfig } from '../config/audit.config.js';
import { pageOf, type Page, type PageRequest } from '../database/page.js';
import { SettingsRefused } from '../database/settings.js';
import { AuditEvent } from './audit-event.entity.js';
import { type AuditEventType } from './audit-event-types.js';

const DAY_MS = 86_400_000;

/** Which events are wanted; what is absent does not matter. */
export interface AuditFilter {
  readonly userId?: string;
  readonly clientId?: string;
  readonly type?: AuditEventType;
  /** The first moment that belongs to it. */
  readonly from?: Date;
  /** The first moment that does not any more. */
  readonly to?: Date;
}

/** The events that have been recorded. Everything runs in the caller's unit of work. */
@Injectable()
export class AuditTrail {
  constructor(private readonly config: AuditConfig) {}

  /** The newest first. @throws SettingsRefused when `after` is nothing that a page has named */
  async list(
    manager: EntityManager,
    { userId, clientId, type, from, to }: AuditFilter,
    { limit, after }: PageRequest,
  ): Promise<Page<AuditEvent>> {
    const query = manager.createQueryBuilder(AuditEvent, 'event');
    const narrow = (condition: string, parameters: Record<string, unknown>) =>
      query.andWhere(condition, parameters);
    if (userId !== undefined) narrow('event.userId = :userId', { userId });
    if (clientId !== undefined) narrow('event.clientId = :clientId', { clientId });
    if (type !== undefined) narrow('event.type = :type', { type });
    if (from) narrow('event.createdAt >= :from', { from: from.getTime() });
    if (to) narrow('event.createdAt < :to', { to: to.getTime() });
    if (after !== undefined) {
      const { time, id } = placeOf(after);
      // The first condition is one that every database can look up in an index.
      narrow('event.createdAt <= :time AND (event.createdAt < :time OR event.id < :id)', { time, id });
    }
    const rows = await query
      .orderBy('event.createdAt', 'DESC')
      .addOrderBy('event.id', 'DESC')
      .limit(limit + 1)
      .getMany();
    return pageOf(rows, limit, ({ createdAt, id }) => `${createdAt.getTime()}.${id}`);
  }

  /**
   * Takes out of a user's events what tells of the person: addresses, user agents, masked phone numbers. Those of
   * operators' own doing have the address of the operator, and keep it.
   *
   * @param request which part of the events is looked at, the newest first
   * @returns names the last event that was looked at; absent when there are no more
   */
  async forgetPerson(
    manager: EntityManager,
    userId: string,
    request: PageRequest,
  ): Promise<string | undefined> {
    const { items, next } = await this.list(manager, { userId }, request);
    const personal = items.filter(({ detail }) => !('by' in detail));
    const ids = personal.filter(({ address, userAgent }) => address ?? userAgent).map(({ id }) => id);
    if (ids.length > 0) await manager.update(AuditEvent, { id: In(ids) }, { address: null, userAgent: null });
    for (const { id, detail } of items.filter((event) => 'phone_number' in event.detail)) {
      const rest = Object.entries(detail).filter(([name]) => name !== 'phone_number');
      await manager.update(
        AuditEvent,
        { id },
        { detail: Object.fromEntries(rest) as Record<string, string> },
      );
    }
    return next;
  }

  /** The users who were deleted since then. */
  async deletedUsers(manager: EntityManager, since: Date): Promise<string[]> {
    const events = await manager.find(AuditEvent, {
      where: { type: 'user_deleted' satisfies AuditEventType, createdAt: MoreThanOrEqual(since) },
      select: { userId: true },
    });
    return [...new Set(events.map(({ userId }) => userId!))];
  }

  /**
   * Deletes up to `limit` events that are older than `AUDIT_RETENTION_DAYS`.
   *
   * @returns how many were deleted; fewer than `limit` when none is left
   */
  async deleteBatch(manager: EntityManager, limit: number): Promise<number> {
    const { retentionDays } = this.config;
    if (retentionDays === 0) return 0;
    const events = await manager.find(AuditEvent, {
      where: { createdAt: LessThan(new Date(Date.now() - retentionDays * DAY_MS)) },
      order: { createdAt: 'ASC' },
      select: { id: true },
      take: limit,
    });
    if (events.length > 0) await manager.delete(AuditEvent, { id: In(events.map(({ id }) => id)) });
    return events.length;
  }
}

function placeOf(after: string): { readonly time: number; readonly id: string } {
  const [, time, id] = /^(\d{1,15})\.([!-~]{1,36})$/.exec(after) ?? [];
  if (!time || !id) throw new SettingsRefused([{ property: 'cursor', message: 'is not one of this list' }]);
  return { time: Number(time), id };
}
