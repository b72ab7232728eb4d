import { CLIENTS, type ClientName } from '../settings.js';
import { chosen, describeChosen, type ChosenToken } from './chosen-token.js';
import { expectAgreement, type Command } from './command.js';

export interface Refresh extends ChosenToken {
  readonly by: 'owner' | 'another client';
  readonly scope: string | undefined;
  /** Whether the client never sees the answer, and goes on with the token that it has. */
  readonly lost: boolean;
  /** How many requests are sent at once. */
  readonly times: number;
}

export function refresh(request: Refresh): Command {
  const { by, scope, lost, times } = request;
  return {
    check: (model) => chosen(model, request) !== undefined,
    run: async (model, service) => {
      const { family, token } = chosen(model, request)!;
      const client = by === 'owner' ? family.client : CLIENTS.find((name) => name !== family.client)!;
      const seen = await service.refresh(service.refreshToken(token.number), client, scope, times);
      // Requests at once are answered as if they came one after the other.
      for (const answer of seen) {
        const verdict = model.refresh({ family, token }, client, scope);
        expectAgreement(model, verdict, answer);
        if (answer.status === 200 && !lost) family.held = family.current;
      }
    },
    toString: () =>
      [
        `refresh with ${describeChosen(request)}`,
        ...(by === 'owner' ? [] : [`by ${by}`]),
        ...(scope === undefined ? [] : [`for "${scope}"`]),
        ...(times === 1 ? [] : [`${times} times at once`]),
        ...(lost ? ['answer lost'] : []),
      ].join(', '),
  };
}

export function refreshUnknown(client: ClientName): Command {
  return {
    check: () => true,
    run: async (model, service) => {
      const [answer] = await service.refresh('unknown', client, undefined, 1);
      expectAgreement(model, model.refresh(undefined, client, undefined), answer!);
    },
    toString: () => `refresh an unknown token at ${client}`,
  };
}
