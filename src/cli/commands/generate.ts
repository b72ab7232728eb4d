import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { isGrantTypeUri } from '../../oauth/grants/grant-type-name.js';
import { grantFiles } from '../generator/grant-files.js';
import { GrantName } from '../generator/grant-name.js';
import { jsonCommand, print } from '../service-command.js';

export function addGenerate(root: Command): void {
  const group = root
    .command('generate')
    .summary('code to start from')
    .description('Code to start from. Reads no setting of the service, and registers nothing.')
    .helpCommand(false);
  let name: GrantName;
  jsonCommand(
    group
      .command('grant')
      .summary('a grant strategy with its parameters and its test')
      .description(
        'Writes a grant strategy, the class of its parameters and its test, in TypeScript. Nothing that is there is ' +
          'overwritten. See docs/extending.md.',
      )
      .argument('<name>', 'lower case, words joined by hyphens', (text: string) => (name = nameOf(text)))
      .option(
        '--grant-type <uri>',
        'what it answers; default: https://example.com/oauth2/grant-type/NAME',
        uriOf,
      )
      .option('--folder <folder>', 'where to; default: src/NAME, in nest-ciam itself src/oauth/grants/NAME'),
    async ({ options }) => {
      const grantType = (options.grantType ??
        `https://example.com/oauth2/grant-type/${name.kebab}`) as string;
      const folder = (options.folder ?? join(await grantsFolder(), name.kebab)) as string;
      const files = await writeNew(folder, grantFiles(name, grantType));
      print(options.json ? JSON.stringify({ files }) : files.map((file) => `written: ${file}`).join('\n'));
    },
  );
}

/** Where grants live: in the service, if that is what is worked on, or in a package of its own. */
async function grantsFolder(): Promise<string> {
  const { name } = JSON.parse(await readFile('package.json', 'utf8').catch(() => '{}')) as { name?: string };
  return name === 'nest-ciam' ? 'src/oauth/grants' : 'src';
}

function nameOf(text: string): GrantName {
  const name = GrantName.parse(text);
  if (!name)
    throw new InvalidArgumentError('It must be lower case, words joined by hyphens, at most 32 characters.');
  return name;
}

function uriOf(text: string): string {
  if (!isGrantTypeUri(text)) throw new InvalidArgumentError('It must be an absolute URI.');
  return text;
}

/** Writes the files, all of them or none: each must be new. @returns their paths */
async function writeNew(folder: string, files: Readonly<Record<string, string>>): Promise<string[]> {
  const texts = Object.entries(files).map(([name, text]) => [join(folder, name), text] as const);
  const there = texts.find(([path]) => existsSync(path));
  if (there) throw new Error(`${there[0]} is there already`);
  await mkdir(folder, { recursive: true });
  for (const [path, text] of texts) await writeFile(path, text, { flag: 'wx' });
  return texts.map(([path]) => path);
}
