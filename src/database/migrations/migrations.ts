import { InitialSchema1764000000000 } from './1764000000000-initial-schema.js';
import { TokenLifecycle1795305600000 } from './1795305600000-token-lifecycle.js';
import { Administration1795651200000 } from './1795651200000-administration.js';
import { CorsOrigins1795737600000 } from './1795737600000-cors-origins.js';
import { IdempotentRequests1795738200000 } from './1795738200000-idempotent-requests.js';

/** Every migration, oldest first; a released one is never changed. */
export const migrations = [
  InitialSchema1764000000000,
  TokenLifecycle1795305600000,
  Administration1795651200000,
  CorsOrigins1795737600000,
  IdempotentRequests1795738200000,
];
