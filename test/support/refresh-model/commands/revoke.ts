import { CLIENTS, type ClientName } from '../settings.js';
import { chosenAny, describeAny, type AnyToken } from './chosen-token.js';
import { expectAgreement, type Command } from './command.js';

interface Revocation {
  readonly token: AnyToken;
  readonly by: 'owner' | 'another client';
  readonly as: 'form' | 'JSON';
  /** A wrong hint changes nothing. */
  readonly hint: 'access_token' | 'refresh_token' | undefined;
}

export function revoke({ token, by, as, hint }: Revocation): Command {
  return {
    check: (model) => chosenAny(model, token) !== undefined,
    run: async (model, service) => {
      const found = chosenAny(model, token)!;
      const owner = 'token' in found ? found.family.client : found.client;
      const client = by === 'owner' ? owner : CLIENTS.find((name) => name !== owner)!;
      const seen = await service.revoke(service.textOf(found), client, as, hint);
      expectAgreement(model, model.revoke(found, client), seen);
    },
    toString: () =>
      [
        `revoke ${describeAny(token)}`,
        ...(by === 'owner' ? [] : [`by ${by}`]),
        `as ${as}`,
        `hint ${hint ?? 'none'}`,
      ].join(', '),
  };
}

export function revokeUnknown(client: ClientName, as: Revocation['as']): Command {
  return {
    check: () => true,
    run: async (model, service) => {
      const seen = await service.revoke('unknown', client, as, undefined);
      expectAgreement(model, model.revoke(undefined, client), seen);
    },
    toString: () => `revoke an unknown token at ${client}, as ${as}`,
  };
}
