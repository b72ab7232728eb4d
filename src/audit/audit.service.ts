import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { AuditEvent } from './audit-event.entity.js';
import { type AuditEventDetails, type AuditEventType, type AuditSubject } from './audit-event-types.js';

const LONGEST_USER_AGENT = 512;

@Injectable()
export class AuditService {
  /** Records an event in the unit of work of what it reports: both are stored, or neither. */
  async record<T extends AuditEventType>(
    manager: EntityManager,
    type: T,
    subject: AuditSubject,
    detail: AuditEventDetails[T],
  ): Promise<void> {
    await manager.insert(AuditEvent, {
      id: uuid(),
      type,
      createdAt: new Date(),
      clientId: subject.clientId ?? null,
      authSourceId: subject.authSourceId ?? null,
      userId: subject.userId ?? null,
      address: subject.address ?? null,
      userAgent: subject.userAgent?.slice(0, LONGEST_USER_AGENT) ?? null,
      detail,
    });
  }
}
