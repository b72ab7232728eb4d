import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as dclint from 'dclint';
import { parse } from 'yaml';

interface Linter {
  lintFiles(paths: string[], recursive: boolean): readonly { messages: readonly { message: string }[] }[];
}

/** Its own types are not to be had from native ESM. */
const { DCLinter }: { DCLinter: new (config: object) => Linter } = dclint;

/** A service of a Compose file, as far as it is looked at here. */
export interface ComposeService {
  readonly image?: string;
  readonly command?: string | string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly read_only?: boolean;
  readonly cap_drop?: string[];
  readonly security_opt?: string[];
  readonly user?: string;
  readonly ports?: string[];
  readonly stop_grace_period?: string;
  readonly healthcheck?: { readonly test?: string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly networks?: string[];
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
}

export function readCompose(text: string): ComposeFile {
  return parse(text, { merge: true }) as ComposeFile;
}

/** What the Compose specification's schema and the linter's rules say. */
export function lintCompose(text: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'nest-ciam-compose-'));
  try {
    const file = join(folder, 'compose.yaml');
    // The linter does not know what a merge key is, and no rule of it is about one.
    writeFileSync(file, JSON.stringify(parse(text, { merge: true })));
    const linter = new DCLinter({ rules: RULES, quiet: true, debug: false, exclude: [] });
    return linter.lintFiles([file], false).flatMap(({ messages }) => messages.map(({ message }) => message));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Those of style are Prettier's; an image may be built and named; what is linted is JSON. */
const RULES = {
  'no-build-and-image': 0,
  'no-quotes-in-volumes': 0,
  'require-quotes-in-ports': 0,
  'service-dependencies-alphabetical-order': 0,
  'service-keys-order': 0,
  'services-alphabetical-order': 0,
  'top-level-properties-order': 0,
} as const;
