import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { AuditModule } from '../audit/audit.module.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { Leases } from '../database/leases.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { IdempotentRequests } from '../idempotency/idempotent-requests.service.js';
import { ExpiredTokens } from '../tokens/expired-tokens.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { CleanUp } from './clean-up.service.js';
import { Erasure } from './erasure.service.js';
import { ScheduledJobs } from './scheduled-jobs.js';
import { SigningKeyUpkeep } from './signing-key-upkeep.service.js';

@Module({
  imports: [ScheduleModule.forRoot(), TokensModule, AuditModule, IdempotencyModule],
  providers: [
    ScheduledJobs,
    SigningKeyUpkeep,
    Erasure,
    {
      provide: CleanUp,
      inject: [Leases, UnitOfWork, Erasure, ExpiredTokens, IdempotentRequests, AuditTrail],
      useFactory: (
        leases: Leases,
        unitOfWork: UnitOfWork,
        erasure: Erasure,
        tokens: ExpiredTokens,
        requests: IdempotentRequests,
        trail: AuditTrail,
      ) =>
        new CleanUp(leases, unitOfWork, erasure, [
          (...batch) => tokens.forgetSuccessors(...batch),
          (...batch) => tokens.deleteBatch(...batch),
          (...batch) => requests.deleteBatch(...batch),
          (...batch) => trail.deleteBatch(...batch),
        ]),
    },
  ],
})
export class MaintenanceModule {}
