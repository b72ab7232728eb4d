import { type Adapter } from 'oidc-provider';

const nothing = () => Promise.resolve();

/** Keeps nothing: signed tokens are not stored, and the grant has nothing else. */
export const forgetfulAdapter = (): Adapter => ({
  upsert: nothing,
  find: nothing,
  findByUserCode: nothing,
  findByUid: nothing,
  consume: nothing,
  destroy: nothing,
  revokeByGrantId: nothing,
});
