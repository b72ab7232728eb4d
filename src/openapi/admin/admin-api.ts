import { type Paths, type Schemas } from '../openapi-object.js';
import { applicationSchemas } from './application-schemas.js';
import { applicationPaths } from './applications.js';
import { attributeMappingPreviewPaths, attributeMappingPreviewSchemas } from './attribute-mapping-preview.js';
import { auditEventSchemas } from './audit-event-schemas.js';
import { auditEventPaths } from './audit-events.js';
import { authSourceSchemas } from './auth-source-schemas.js';
import { authSourcePaths } from './auth-sources.js';
import { problemSchemas } from './problems.js';
import { sessionPaths } from './sessions.js';
import { signingKeyPaths, signingKeySchemas } from './signing-keys.js';
import { userSchemas } from './user-schemas.js';
import { userPaths } from './users.js';

export const adminTags = [
  { name: 'Applications', description: 'Admin API: the clients.' },
  { name: 'Auth sources', description: 'Admin API: where users come from.' },
  { name: 'Users', description: 'Admin API: people, and their sessions.' },
  { name: 'Audit events', description: 'Admin API: what happened.' },
  { name: 'Signing keys', description: 'Admin API: what tokens are signed with.' },
];

export const adminPaths: Paths = {
  ...applicationPaths,
  ...authSourcePaths,
  ...attributeMappingPreviewPaths,
  ...userPaths,
  ...sessionPaths,
  ...auditEventPaths,
  ...signingKeyPaths,
};

export const adminSchemas: Schemas = {
  ...problemSchemas,
  ...applicationSchemas,
  ...authSourceSchemas,
  ...attributeMappingPreviewSchemas,
  ...userSchemas,
  ...auditEventSchemas,
  ...signingKeySchemas,
};
