import { Command } from 'commander';
import { addApplications } from './commands/applications.js';
import { addAudit } from './commands/audit.js';
import { addAuthSources } from './commands/auth-sources.js';
import { addDoctor } from './commands/doctor.js';
import { addEncryptionKey, addKeys } from './commands/keys.js';
import { addGenerate } from './commands/generate.js';
import { addMigrate } from './commands/migrate.js';
import { addProvision } from './commands/provision.js';
import { addUsers } from './commands/users.js';
import { EXIT_CODES } from './failure.js';

const OUTPUT = `stdout is the result, stderr is everything else. With --json (and npm run -s cli) stdout is one JSON value
of the admin API's shape, and what went wrong is {"error", "errors"?} on stderr; wrong usage is told as text.`;

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
    .addHelpText('after', `\n${OUTPUT}\n\n${EXIT_CODES}`)
    .helpCommand(false);
  addApplications(root);
  addAuthSources(root);
  addUsers(root);
  addKeys(root);
  addEncryptionKey(root);
  addProvision(root);
  addAudit(root);
  addMigrate(root);
  addGenerate(root);
  addDoctor(root);
  return root;
}
