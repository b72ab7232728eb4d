import type fc from 'fast-check';
import { type RefreshModel } from '../model.js';
import { type ServiceUnderTest } from '../service-under-test.js';
import { type Answer, type Verdict } from '../verdict.js';

export type Command = fc.AsyncCommand<RefreshModel, ServiceUnderTest>;

/** The service has answered what the model expects. */
export function expectAgreement({ met }: RefreshModel, { reason, answer }: Verdict, seen: Answer): void {
  met.add(reason);
  expect({ reason, ...seen }).toEqual({ reason, ...answer });
}
