import { InitialSchema1764000000000 } from './1764000000000-initial-schema.js';

/** Every migration, oldest first; a released one is never changed. */
export const migrations = [InitialSchema1764000000000];
