import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { type Results } from './results.js';

export function machineOf(database: string): Results['machine'] {
  return {
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: totalmem() / 1024 ** 3,
    database,
    peer: peerVersion(),
  };
}

/** The package lets nobody import its `package.json`. */
function peerVersion(): string {
  const main = createRequire(import.meta.url).resolve('oidc-provider');
  const file = join(dirname(main), '../package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
