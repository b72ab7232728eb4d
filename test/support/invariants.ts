import { type EntityManager } from 'typeorm';
import { AuditEvent } from '../../src/audit/audit-event.entity.js';
import { hashToken } from '../../src/tokens/opaque-token.js';
import { RefreshToken } from '../../src/tokens/refresh-token.entity.js';
import { ExternalIdentity } from '../../src/users/external-identity.entity.js';
import { User } from '../../src/users/user.entity.js';
import { type SimulatedClient } from './load.js';
import { tokenChains } from './token-chains.js';

/**
 * What must be true after a load, whatever has happened to the service.
 *
 * @param clients all who have ever used the service
 * @returns what is not
 */
export async function violations(
  manager: EntityManager,
  clients: readonly SimulatedClient[],
): Promise<string[]> {
  const acknowledged = clients.flatMap((client) => client.acknowledged);
  return [
    ...(await violationsOfUsers(manager)),
    ...(await violationsOfPeople(manager, clients)),
    ...(await violationsOfSessions(manager)),
    ...(await violationsOfTokens(
      manager,
      acknowledged.map(({ refreshToken }) => refreshToken),
    )),
  ];
}

/** Every client goes on with the token that it has. @returns those that cannot */
export async function strandedClients(clients: readonly SimulatedClient[]): Promise<string[]> {
  const outcomes = await Promise.all(
    clients.map(async (client) => `${client.person}: ${await client.refresh()}`),
  );
  return outcomes.filter((outcome) => !outcome.endsWith('refresh 200'));
}

async function violationsOfUsers(manager: EntityManager): Promise<string[]> {
  const ids = (await manager.find(User)).map(({ id }) => id);
  const owners = (await manager.find(ExternalIdentity)).map(({ userId }) => userId);
  return [
    ...ids.filter((id) => !owners.includes(id)).map((id) => `user ${id} has no identity`),
    ...owners.filter((id) => !ids.includes(id)).map((id) => `an identity of user ${id}, who is not there`),
  ];
}

async function violationsOfPeople(
  manager: EntityManager,
  clients: readonly SimulatedClient[],
): Promise<string[]> {
  const users = await manager.find(User);
  const people = new Map<string, Set<string>>();
  for (const { person, subject } of clients.flatMap(({ acknowledged }) => acknowledged)) {
    people.set(person, (people.get(person) ?? new Set()).add(subject));
  }
  const subjects = [...people.values()].flatMap((set) => [...set]);
  const known = new Set([...people.keys(), ...clients.map(({ person }) => person)]);
  return [
    ...[...people].filter(([, set]) => set.size > 1).map(([person, { size }]) => `${person}: ${size} users`),
    ...subjects.filter((id) => !users.some((user) => user.id === id)).map((id) => `user ${id} is lost`),
    ...(new Set(subjects).size < people.size ? ['two people are one user'] : []),
    ...(users.length > known.size ? [`${users.length} users of ${known.size} people`] : []),
  ];
}

async function violationsOfSessions(manager: EntityManager): Promise<string[]> {
  const chains = await tokenChains(manager);
  const open = chains.filter(({ revokedAt }) => revokedAt === null);
  const thefts = await manager.countBy(AuditEvent, { type: 'refresh_token_reuse' });
  return [
    ...open
      .filter(({ live, strays }) => live.length !== 1 || strays.length > 0)
      .map(({ live, strays }) => `a session with ${live.length} ends and ${strays.length} strays`),
    ...(thefts > 0 ? [`${thefts} sessions ended as stolen`] : []),
  ];
}

/** A token that a client was answered is stored, and one that was exchanged has led to another. */
async function violationsOfTokens(manager: EntityManager, answered: readonly string[]): Promise<string[]> {
  const tokens = await manager.find(RefreshToken);
  const hashes = new Set(tokens.map(({ hash }) => hash));
  const dangling = tokens.filter(
    ({ consumedAt, successorHash }) => consumedAt !== null && !hashes.has(successorHash ?? ''),
  );
  return [
    ...answered
      .map(hashToken)
      .filter((hash) => !hashes.has(hash))
      .map((hash) => `token ${hash} is lost`),
    ...dangling.map(({ hash }) => `token ${hash} is consumed and has no successor`),
  ];
}
