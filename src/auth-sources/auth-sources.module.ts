import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthSource, LinkedApplication } from './auth-source.entity.js';
import { AuthSourcesService } from './auth-sources.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([AuthSource, LinkedApplication])],
  providers: [AuthSourcesService],
  exports: [AuthSourcesService],
})
export class AuthSourcesModule {}
