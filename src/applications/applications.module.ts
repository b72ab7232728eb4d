import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Application } from './application.entity.js';
import { ApplicationsService } from './applications.service.js';
import { GrantTypes } from './grant-types.js';

@Module({
  imports: [TypeOrmModule.forFeature([Application])],
  providers: [ApplicationsService, GrantTypes],
  exports: [ApplicationsService, GrantTypes],
})
export class ApplicationsModule {}
