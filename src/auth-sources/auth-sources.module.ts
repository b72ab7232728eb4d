import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AppSecrets } from './app-secrets.js';
import { AuthSource, LinkedApplication } from './auth-source.entity.js';
import { AuthSourcesService } from './auth-sources.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([AuthSource, LinkedApplication])],
  providers: [AuthSourcesService, AppSecrets],
  exports: [AuthSourcesService, AppSecrets],
})
export class AuthSourcesModule {}
