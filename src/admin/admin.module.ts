import { Module } from '@nestjs/common';
import { AdministrationModule } from './administration.module.js';
import { ApplicationsController } from './http/applications.controller.js';
import { AuditEventsController } from './http/audit-events.controller.js';
import { AuthSourcesController } from './http/auth-sources.controller.js';
import { SessionsController } from './http/sessions.controller.js';
import { SigningKeysController } from './http/signing-keys.controller.js';
import { UnknownAdminPathController } from './http/unknown-admin-path.controller.js';
import { UsersController } from './http/users.controller.js';

/** The admin API. */
@Module({
  imports: [AdministrationModule],
  controllers: [
    ApplicationsController,
    AuthSourcesController,
    UsersController,
    SessionsController,
    AuditEventsController,
    SigningKeysController,
    // The last one: it takes whatever the others leave.
    UnknownAdminPathController,
  ],
})
export class AdminModule {}
