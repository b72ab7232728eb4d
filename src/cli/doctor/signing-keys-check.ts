import { type EntityManager } from 'typeorm';
import { SIGNING_ALGORITHMS } from '../../config/signing-algorithms.js';
import { SigningKey } from '../../tokens/signing-key.entity.js';
import { findings, type Finding } from './finding.js';

/** Looks whether each algorithm has a key that signs and one that will. */
export async function* checkSigningKeys(manager: EntityManager): AsyncGenerator<Finding> {
  const keys = await manager.find(SigningKey);
  if (keys.length === 0) {
    yield findings('signing_keys').warning('There is none yet: the service makes them at its first start');
    return;
  }
  for (const algorithm of SIGNING_ALGORITHMS) {
    const { ok, warning, problem } = findings('signing_keys', algorithm);
    const active = keys.find(({ alg, state }) => alg === algorithm && state === 'active');
    const next = keys.find(({ alg, state }) => alg === algorithm && state === 'next');
    if (!active) yield problem('No key signs: start the service, which sees to it');
    else if (!next) yield warning('No key is next: a running service makes one within a minute');
    else yield ok(`${active.kid} signs since ${active.activatedAt!.toISOString()}, ${next.kid} is next`);
  }
}
