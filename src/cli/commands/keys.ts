import { type INestApplicationContext } from '@nestjs/common';
import { type Command } from 'commander';
import { EncryptionKeyRotation } from '../../admin/encryption-key-rotation.js';
import { KeyAdministration } from '../../admin/key-administration.js';
import { serviceCommand, type Result } from '../service-command.js';
import { shellOperator } from '../shell-operator.js';
import { table } from '../table.js';

export function addKeys(root: Command): void {
  const group = root.command('keys').description('the keys that sign tokens').helpCommand(false);
  serviceCommand(group.command('list').summary('all of them, by algorithm'), listKeys);
  serviceCommand(
    group
      .command('rotate')
      .summary('replace those that sign')
      .description(
        'Replaces the signing key of each algorithm by its next one; running services know within seconds. What ' +
          'the old key has signed stays valid. Where the next key was published so lately that a cached JWKS may ' +
          'lack it, a running service replaces the key as soon as that is over.',
      ),
    rotateKeys,
  );
}

export function addEncryptionKey(root: Command): void {
  const group = root
    .command('encryption-key')
    .description('the key under which secrets are stored')
    .helpCommand(false);
  serviceCommand(
    group
      .command('rotate')
      .summary('encrypt anew what is under an old key')
      .description(
        'Encrypts every stored secret under ENCRYPTION_KEY that is still under one of DECRYPTION_KEYS, while ' +
          'services go on. What was cut off is gone on with by running it again.',
      ),
    rotateEncryptionKey,
  );
}

async function listKeys(service: INestApplicationContext): Promise<Result> {
  const { items } = await service.get(KeyAdministration).list();
  const columns = ['alg', 'state', 'kid', 'usable_from', 'activated_at', 'retired_at'] as const;
  return { json: { items, next_cursor: null }, text: table(items, columns) };
}

async function rotateKeys(service: INestApplicationContext): Promise<Result> {
  const answer = await service.get(KeyAdministration).rotate(shellOperator());
  const lines = [
    ...answer.rotated.map(
      ({ alg, kid, retired_kid }) => `${alg}: ${kid} signs in the place of ${retired_kid}`,
    ),
    ...answer.awaited.map(
      ({ alg, kid, usable_from }) => `${alg}: ${kid} will sign from ${usable_from}, when everybody knows it`,
    ),
  ];
  return { json: answer, text: lines.join('\n') };
}

async function rotateEncryptionKey(service: INestApplicationContext): Promise<Result> {
  const rotation = service.get(EncryptionKeyRotation);
  const reencrypted = await rotation.run(shellOperator(), ({ done, total }) =>
    process.stderr.write(`re-encrypted ${done} of ${total}\n`),
  );
  const text =
    reencrypted === 0
      ? 'nothing is under an old key'
      : `${reencrypted} ${reencrypted === 1 ? 'secret is' : 'secrets are'} under the current key now`;
  return { json: { reencrypted }, text };
}
