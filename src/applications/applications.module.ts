import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Application } from './application.entity.js';
import { ApplicationsService } from './applications.service.js';
import { ClientSecrets } from './client-secrets.service.js';
import { GrantTypes } from './grant-types.js';

@Module({
  imports: [TypeOrmModule.forFeature([Application])],
  providers: [
    ApplicationsService,
    GrantTypes,
    { provide: ClientSecrets, useFactory: () => new ClientSecrets() },
  ],
  exports: [ApplicationsService, ClientSecrets, GrantTypes],
})
export class ApplicationsModule {}
