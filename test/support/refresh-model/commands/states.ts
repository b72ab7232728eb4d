import { type Person } from '../family.js';
import { type ClientState } from '../model.js';
import { type ClientName, type UserName } from '../settings.js';
import { type Command } from './command.js';

/** An operator locks, freezes, unlocks or deletes a user. */
export function setUser(user: UserName, status: Person['status']): Command {
  return {
    check: (model) => (model.personOf(user)?.status ?? status) !== status,
    run: async (model, service) => {
      const person = model.personOf(user)!;
      person.status = status;
      await service.setStatus(person);
    },
    toString: () => `${user} becomes ${status}`,
  };
}

/** An operator disables or enables an application, or its refresh tokens. */
export function setClient(client: ClientName, field: keyof ClientState, value: boolean): Command {
  return {
    check: ({ clients }) => clients[client][field] !== value,
    run: async ({ clients }, service) => {
      clients[client][field] = value;
      await service.operator.setClient(client, clients[client]);
    },
    toString: () => `${client}: ${field} = ${value}`,
  };
}

/** An operator disables or enables the auth source. */
export function setSource(enabled: boolean): Command {
  return {
    check: ({ sourceEnabled }) => sourceEnabled !== enabled,
    run: async (model, service) => {
      model.sourceEnabled = enabled;
      await service.operator.setSource(enabled);
    },
    toString: () => `the auth source is ${enabled ? 'enabled' : 'disabled'}`,
  };
}
