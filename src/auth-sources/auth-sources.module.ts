import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AppSecrets } from './app-secrets.js';
import { AuthSourceTypes } from './auth-source-types.js';
import { AuthSource, LinkedApplication } from './auth-source.entity.js';
import { AuthSourcesService } from './auth-sources.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([AuthSource, LinkedApplication])],
  providers: [AuthSourcesService, AuthSourceTypes, AppSecrets],
  exports: [AuthSourcesService, AuthSourceTypes, AppSecrets],
})
export class AuthSourcesModule {}
