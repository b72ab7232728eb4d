import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { AuditModule } from '../audit/audit.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { CleanUp } from './clean-up.service.js';
import { Erasure } from './erasure.service.js';
import { ScheduledJobs } from './scheduled-jobs.js';
import { SigningKeyUpkeep } from './signing-key-upkeep.service.js';

@Module({
  imports: [ScheduleModule.forRoot(), TokensModule, AuditModule],
  providers: [ScheduledJobs, SigningKeyUpkeep, CleanUp, Erasure],
})
export class MaintenanceModule {}
