import { type RefreshModel } from '../model.js';
import { type ServiceUnderTest } from '../service-under-test.js';
import { type Command } from './command.js';

/** Looks into the database: one live token in each living family, and one audit event for each theft. */
export async function expectSameRecords(model: RefreshModel, service: ServiceUnderTest): Promise<void> {
  expect(await service.records()).toEqual(model.records());
}

export function compareRecords(): Command {
  return { check: () => true, run: expectSameRecords, toString: () => 'compare the records' };
}
