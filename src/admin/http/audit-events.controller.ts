import { Get } from '@nestjs/common';
import { parseMoment } from '../moment.js';
import { AuditQuery } from '../audit-query.js';
import { AuditReader } from '../audit-reader.js';
import { AdminController, NotStored } from './admin-controller.js';
import { AdminQuery, QueryType } from './admin-query.js';
import { pageAnswer, pageRequest } from '../page-query.js';

@AdminController('audit-events')
export class AuditEventsController {
  constructor(private readonly events: AuditReader) {}

  @Get()
  @QueryType(AuditQuery)
  @NotStored()
  async list(@AdminQuery() query: AuditQuery) {
    const { user_id: userId, client_id: clientId, type, from, to } = query;
    const filter = {
      userId,
      clientId,
      type,
      ...(from ? { from: parseMoment(from) } : {}),
      ...(to ? { to: parseMoment(to) } : {}),
    };
    return pageAnswer(await this.events.list(filter, pageRequest(query)));
  }
}
