import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { hasRefreshTokens, type Application } from '../applications/application.entity.js';
import { ApplicationsService } from '../applications/applications.service.js';
import { AuthSourcesService } from '../auth-sources/auth-sources.service.js';
import { type Session } from '../tokens/session.entity.js';
import { type User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { assertNormal } from './authorization.js';
import { InvalidAuthSource, InvalidClient, InvalidGrant, UnauthorizedClient } from './oauth.errors.js';

/** Those whom a session is between, as they are now. */
export interface Parties {
  readonly application: Application;
  readonly user: User;
}

/** Says whether a session may go on: that is up to its application, its user and its auth source. */
@Injectable()
export class SessionStanding {
  constructor(
    private readonly applications: ApplicationsService,
    private readonly users: UsersService,
    private readonly authSources: AuthSourcesService,
  ) {}

  /**
   * Says whether a session may begin, as far as that may have changed since it was asked for.
   *
   * @param manager of the unit of work that the caller is in, if it is in one
   * @throws InvalidClient when the application has been disabled
   * @throws InvalidAuthSource when the auth source has been
   */
  async assertOpen(clientId: string, authSourceId: string, manager?: EntityManager): Promise<void> {
    const application = await this.applications.find(clientId, manager);
    if (!application?.enabled) throw new InvalidClient('disabled application', clientId);
    const source = await this.authSources.find(authSourceId, manager);
    if (!source?.enabled) throw new InvalidAuthSource('Auth source not found or disabled', 'disabled');
  }

  /**
   * @param manager of the unit of work that the caller is in, if it is in one
   * @throws InvalidClient when the application has been disabled
   * @throws UnauthorizedClient when its refresh tokens have been switched off
   * @throws InvalidGrant when the user or the auth source does not allow it
   */
  async assertGood(session: Session, manager?: EntityManager): Promise<Parties> {
    const application = await this.applications.find(session.clientId, manager);
    if (!application?.enabled) throw new InvalidClient('disabled application', session.clientId);
    if (!hasRefreshTokens(application)) throw new UnauthorizedClient();
    const user = await this.users.find(session.userId, manager);
    if (!user) throw new InvalidGrant('Invalid refresh token', 'the user has been deleted');
    assertNormal(user);
    if (session.authSourceId !== null) {
      const source = await this.authSources.find(session.authSourceId, manager);
      if (!source?.enabled) throw new InvalidGrant('Auth source not found or disabled');
    }
    return { application, user };
  }
}
