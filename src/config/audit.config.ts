import { type z } from 'zod';
import { integerVariable } from './variables.js';

export const auditVariables = {
  AUDIT_RETENTION_DAYS: integerVariable(0, 36_500).default(180),
};

/** How long audit events are kept. */
export abstract class AuditConfig {
  /** Days after which an event is deleted; 0 = never. */
  abstract readonly retentionDays: number;
}

export function auditConfig(env: z.output<z.ZodObject<typeof auditVariables>>): AuditConfig {
  return { retentionDays: env.AUDIT_RETENTION_DAYS };
}
