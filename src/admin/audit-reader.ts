import { Injectable } from '@nestjs/common';
import { describeEvent } from '../audit/audit.service.js';
import { AuditTrail, type AuditFilter } from '../audit/audit-trail.js';
import { type Page, type PageRequest } from '../database/page.js';
import { UnitOfWork } from '../database/unit-of-work.js';

/** An event as an operator is told of it. */
export type AuditEventAnswer = ReturnType<typeof describeEvent>;

/** What operators read of the audit. */
@Injectable()
export class AuditReader {
  constructor(
    private readonly trail: AuditTrail,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** The newest first. @throws SettingsRefused when the cursor is none of this list */
  list(filter: AuditFilter, request: PageRequest): Promise<Page<AuditEventAnswer>> {
    return this.unitOfWork.read(async (manager) => {
      const page = await this.trail.list(manager, filter, request);
      return { ...page, items: page.items.map(describeEvent) };
    });
  }
}
