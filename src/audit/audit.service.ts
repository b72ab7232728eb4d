import { Injectable, Logger } from '@nestjs/common';
import { Counter } from 'prom-client';
import { type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { type SavedSettings } from '../database/settings.js';
import { type RowWriter } from '../database/new-rows.js';
import { afterCommit } from '../database/unit-of-work.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { AuditEvent } from './audit-event.entity.js';
import {
  type AdministrativeAction,
  type AuditEventDetails,
  type AuditEventType,
  type AuditSubject,
} from './audit-event-types.js';
import { type Requester } from './requester.js';

const LONGEST_USER_AGENT = 512;

/** Records events: in the database, as lines of the log, and by their number. */
@Injectable()
export class AuditService {
  private readonly logger = new Logger('Audit');
  private readonly events: Counter<'type'>;

  constructor(registry: MetricsRegistry) {
    this.events = new Counter({
      name: 'ciam_audit_events_total',
      help: 'Audit events that were recorded',
      labelNames: ['type'],
      registers: [registry],
    });
  }

  /**
   * Records an event in the unit of work of what it reports: both are stored, or neither. It is logged when they are.
   *
   * @param writer what the unit of work has handed on
   */
  async record<T extends AuditEventType>(
    writer: RowWriter,
    type: T,
    subject: AuditSubject,
    detail: AuditEventDetails[T],
  ): Promise<void> {
    const event: AuditEvent = {
      id: uuid(),
      type,
      createdAt: new Date(),
      clientId: subject.clientId ?? null,
      authSourceId: subject.authSourceId ?? null,
      userId: subject.userId ?? null,
      address: subject.address ?? null,
      userAgent: subject.userAgent?.slice(0, LONGEST_USER_AGENT) ?? null,
      detail: { ...detail },
    };
    // TypeORM's type for a partial entity knows no `unknown`.
    await writer.insert(AuditEvent, { ...event, detail: event.detail as Record<string, string> });
    afterCommit(writer, () => {
      this.events.inc({ type });
      this.logger.log(describeEvent(event));
    });
  }

  /**
   * Records a change of settings in its unit of work.
   *
   * @param operator who has done it, and from where
   */
  recordChange(
    manager: EntityManager,
    { resource, id, action, fields, before, after }: SettingsChange,
    { by, ...requester }: { readonly by: string } & Partial<Requester>,
  ): Promise<void> {
    const subject = resource === 'application' ? { clientId: id } : { authSourceId: id };
    const detail = { resource, id, action, fields, before, after, by };
    return this.record(manager, 'admin_changed', { ...subject, ...requester }, detail);
  }
}

/** What an operator has done to an application or an auth source, for its event. */
export interface SettingsChange extends Pick<SavedSettings, 'fields' | 'before' | 'after'> {
  readonly resource: 'application' | 'auth_source';
  readonly id: string;
  readonly action: AdministrativeAction;
}

/** An event as the admin API and the log have it; absent is `null`. */
export function describeEvent(event: AuditEvent) {
  return {
    id: event.id,
    type: event.type,
    created_at: event.createdAt.toISOString(),
    client_id: event.clientId,
    auth_source_id: event.authSourceId,
    user_id: event.userId,
    address: event.address,
    user_agent: event.userAgent,
    detail: event.detail,
  };
}
