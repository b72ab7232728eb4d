import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import { pageOf, type PageRequest } from '../database/page.js';
import { SettingsRefused } from '../database/settings.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { SigningKeyUpkeep } from '../maintenance/signing-key-upkeep.service.js';
import { SigningKeyRecords } from '../tokens/signing-key-records.js';
import { type SigningKey } from '../tokens/signing-key.entity.js';
import { type Operator } from './operator.js';

/** What operators do with the keys that sign tokens. */
@Injectable()
export class KeyAdministration {
  constructor(
    private readonly records: SigningKeyRecords,
    private readonly upkeep: SigningKeyUpkeep,
    private readonly audit: AuditService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * In the order of the algorithms, and of each: next, active, the retired ones. There are few.
   *
   * @throws SettingsRefused when the page before did not end with a key of ours
   */
  async list({ limit, after }: PageRequest = { limit: Infinity }) {
    const keys = await this.unitOfWork.read((manager) => this.records.list(manager));
    const begin = after === undefined ? 0 : keys.findIndex(({ kid }) => kid === after) + 1;
    if (after !== undefined && begin === 0) {
      throw new SettingsRefused([{ property: 'cursor', message: 'is not one of this list' }]);
    }
    const page = pageOf(keys.slice(begin), limit, ({ kid }) => kid);
    return { ...page, items: page.items.map(answerOf) };
  }

  /**
   * Replaces each algorithm's active key by its next one, or, where that was published too short a time ago for everybody
   * to know it, has it replaced as soon as it may be.
   */
  async rotate(operator: Operator) {
    const { rotated, awaited } = await this.upkeep.rotate((manager) => this.record(manager, operator));
    return {
      rotated: rotated.map(({ alg, kid, retiredKid }) => ({ alg, kid, retired_kid: retiredKid })),
      awaited: awaited.map(({ alg, kid, usableFrom }) => ({
        alg,
        kid,
        usable_from: usableFrom.toISOString(),
      })),
    };
  }

  private record(manager: EntityManager, { by, ...requester }: Operator): Promise<void> {
    return this.audit.record(manager, 'admin_changed', requester, {
      resource: 'signing_keys',
      id: 'all',
      action: 'rotation_requested',
      fields: [],
      before: {},
      after: {},
      by,
    });
  }
}

function answerOf(key: SigningKey) {
  return {
    kid: key.kid,
    alg: key.alg,
    state: key.state,
    created_at: key.createdAt.toISOString(),
    usable_from: key.usableFrom.toISOString(),
    activated_at: key.activatedAt?.toISOString() ?? null,
    retired_at: key.retiredAt?.toISOString() ?? null,
  };
}
