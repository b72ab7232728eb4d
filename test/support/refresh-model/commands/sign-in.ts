import { type ClientName, type UserName } from '../settings.js';
import { expectAgreement, type Command } from './command.js';

const MOST_FAMILIES = 3;

/** Starts a family. */
export function signIn(user: UserName, client: ClientName, scope?: string): Command {
  return {
    check: ({ families }) => families.length < MOST_FAMILIES,
    run: async (model, service) =>
      expectAgreement(model, model.signIn(user, client, scope), await service.signIn(user, client, scope)),
    toString: () => `sign ${user} in at ${client}${scope === undefined ? '' : ` for "${scope}"`}`,
  };
}
