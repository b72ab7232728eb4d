import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Command } from 'commander';
import { CliModule } from './cli.module.js';
import { rotateSigningKeys } from './rotate-signing-keys.command.js';
import { provision } from './provision.command.js';

type Action = (app: INestApplicationContext, ...args: string[]) => Promise<string[]>;

/** The commands. Parsing a command line throws a `CommanderError` instead of ending the process. */
export function program(): Command {
  const root = new Command('npm run cli --')
    .description(
      'Administers a nest-ciam service, with the configuration that the service has: the environment, ' +
        'and .env in the working directory.',
    )
    .configureHelp({ showGlobalOptions: false })
    .exitOverride()
    .showHelpAfterError()
    .helpCommand(false);
  root
    .command('provision')
    .summary('apply a provisioning file')
    .description(
      'Applies a provisioning file: the whole of it, or nothing when it is wrong. Prints a line for each ' +
        'application and auth source that was created or updated. PROVISION_FILE is not applied.',
    )
    .argument('<file>', 'YAML file of applications and auth sources, as provision.example.yaml explains it')
    .action((file: string) => run(provision, file));
  root
    .command('rotate-signing-keys')
    .summary('replace the keys that sign tokens')
    .description(
      'Replaces the signing key of each algorithm by its next one; running services know within seconds. What the ' +
        'old key has signed stays valid. Where the next key was published so lately that a cached JWKS may lack it, ' +
        'a running service replaces the key as soon as that is over.',
    )
    .action(() => run(rotateSigningKeys));
  return root;
}

/** Runs a command on the service's own modules and prints its lines. Nothing is logged: stdout is the result. */
async function run(action: Action, ...args: string[]): Promise<void> {
  const app = await NestFactory.createApplicationContext(CliModule, { logger: false, abortOnError: false });
  try {
    const lines = await action(app, ...args);
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  } finally {
    await app.close();
  }
}
