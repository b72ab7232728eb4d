import { type Application } from '../../src/applications/application.entity.js';
import { type AuthSource } from '../../src/auth-sources/auth-source.entity.js';
import { newUser, type User } from '../../src/users/user.entity.js';

const CREATED = new Date(1_700_000_000_000);

/** A user as the database holds it. */
export function aUserRow(overrides: Partial<User> = {}): User {
  return {
    ...newUser(),
    id: 'user',
    createdAt: CREATED,
    updatedAt: CREATED,
    ...overrides,
  };
}

/** An application as the database holds it. */
export function anApplicationRow(overrides: Partial<Application> = {}): Application {
  return {
    clientId: 'application',
    name: 'application',
    type: 'mini_program',
    enabled: true,
    clientSecretHash: null,
    grantTypes: [],
    scopes: [],
    accessTokenTtl: 300,
    idTokenTtl: 1800,
    refreshTokenTtl: 0,
    refreshTokenMaxTtl: 0,
    refreshReuseInterval: 30,
    signingAlg: 'RS256',
    tokenProfile: 'ciam',
    idTokenClaims: [],
    corsOrigins: [],
    createdAt: CREATED,
    updatedAt: CREATED,
    ...overrides,
  };
}

/** An auth source as the database holds it. */
export function anAuthSourceRow(overrides: Partial<AuthSource> = {}): AuthSource {
  return {
    id: 'source',
    type: 'wechat_mini_program',
    name: 'source',
    enabled: true,
    appId: 'wx0000000000000001',
    appSecretSealed: null,
    openPlatformAccount: 'default',
    attributeMapping: [],
    linkedApplications: [],
    createdAt: CREATED,
    updatedAt: CREATED,
    ...overrides,
  };
}
