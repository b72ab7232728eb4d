import { type INestApplicationContext } from '@nestjs/common';
import { type Command } from 'commander';
import {
  ApplicationAdministration,
  type AdministratedApplication,
} from '../../admin/application-administration.js';
import { ApplicationSettings } from '../../applications/application-settings.js';
import { everyItem } from '../../database/page.js';
import { checked } from '../checked.js';
import { confirmed } from '../confirmation.js';
import { deleteKnown } from '../deletion.js';
import { secretOf } from '../secret-option.js';
import { serviceCommand, type CommandLine, type Result } from '../service-command.js';
import { givenSettings, needsSettings, offerSettings, type SettingOption } from '../setting-options.js';
import { shellOperator } from '../shell-operator.js';
import { fields, table } from '../table.js';

const type: SettingOption = {
  setting: 'type',
  kind: 'text',
  description: 'mini_program, web, spa, mobile or m2m; required, and cannot be changed',
};

const settings: readonly SettingOption[] = [
  { setting: 'name', kind: 'text', description: 'for people' },
  { setting: 'enabled', kind: 'boolean', description: 'a disabled application gets no tokens' },
  { setting: 'grant_types', kind: 'list', description: 'the grants that it may use' },
  { setting: 'scopes', kind: 'list', description: 'what a token may be granted, in this order' },
  { setting: 'access_token_ttl', kind: 'number', description: 'seconds that an access token lives' },
  { setting: 'id_token_ttl', kind: 'number', description: 'seconds that an ID token lives' },
  { setting: 'refresh_token_ttl', kind: 'number', description: 'seconds that one may stay unused; 0 = none' },
  { setting: 'refresh_token_max_ttl', kind: 'number', description: 'seconds that a session may last' },
  {
    setting: 'refresh_reuse_interval',
    kind: 'number',
    description: 'seconds in which a used one is answered again',
  },
  { setting: 'signing_alg', kind: 'text', description: 'RS256 or ES256' },
  { setting: 'token_profile', kind: 'text', description: 'ciam or rfc9068' },
  { setting: 'id_token_claims', kind: 'list', description: 'what the ID token says of the user' },
  { setting: 'cors_origins', kind: 'list', description: 'whose pages may read answers: https://app.example' },
];

const SECRET = '--client-secret-env <name>';
const SECRET_MEANING = 'the environment variable that holds the secret';

export function addApplications(root: Command): void {
  const group = root
    .command('applications')
    .summary('the registered clients')
    .description('The registered clients. Services know of a change within five seconds.')
    .helpCommand(false);
  serviceCommand(group.command('list').summary('all of them'), list);
  serviceCommand(
    group.command('show').summary('all settings of one').argument('<client_id>'),
    async (service, { args: [clientId] }) => shown(await administration(service).read(clientId!)),
  );
  const creation = group
    .command('create')
    .summary('register one')
    .description(
      'Registers an application. One of type web or m2m that is given no secret gets one, which is printed ' +
        'here and never again.',
    )
    .argument('<client_id>')
    .option(SECRET, SECRET_MEANING);
  serviceCommand(offerSettings(creation, [type, ...settings]), async (service, line) =>
    shown(await administration(service).create(settingsOf(service, line), shellOperator())),
  );
  const change = group
    .command('update')
    .summary('change settings of one')
    .description('Changes the settings that options name; the others stay as they are.')
    .argument('<client_id>')
    .option(SECRET, SECRET_MEANING);
  serviceCommand(needsSettings(offerSettings(change, settings)), async (service, line) =>
    shown(await administration(service).change(settingsOf(service, line), undefined, shellOperator())),
  );
  serviceCommand(
    group
      .command('rotate-secret')
      .summary('give one another secret')
      .description(
        'Replaces the secret by one that is printed here and never again. The old one ends at once.',
      )
      .argument('<client_id>'),
    async (service, { args: [clientId] }) =>
      shown(await administration(service).rotateSecret(clientId!, shellOperator())),
  );
  const deletion = group
    .command('delete')
    .summary('delete one that is disabled, with its sessions')
    .description('Deletes a disabled application, its links and its sessions.')
    .argument('<client_id>');
  serviceCommand(
    confirmed(deletion, () => true),
    remove,
  );
}

function administration(service: INestApplicationContext): ApplicationAdministration {
  return service.get(ApplicationAdministration);
}

async function list(service: INestApplicationContext): Promise<Result> {
  const items = await everyItem((request) => administration(service).list(request));
  return {
    json: { items, next_cursor: null },
    text: table(items, ['client_id', 'type', 'enabled', 'name', 'scopes']),
  };
}

/** @throws UnknownResource */
async function remove(service: INestApplicationContext, { args: [clientId] }: CommandLine): Promise<Result> {
  const resources = administration(service);
  await deleteKnown(
    () => resources.read(clientId!),
    () => resources.remove(clientId!, undefined, shellOperator()),
  );
  return { json: { deleted: clientId }, text: `application ${clientId} deleted` };
}

function settingsOf(service: INestApplicationContext, { args, options }: CommandLine): ApplicationSettings {
  const { secret, problems } = secretOf(service, 'client_secret_env', options.clientSecretEnv);
  const given = givenSettings(options, [type, ...settings]);
  return checked(ApplicationSettings, { client_id: args[0], ...given, client_secret: secret }, problems);
}

function shown({ answer, clientSecret }: AdministratedApplication): Result {
  if (clientSecret === undefined) return { json: answer, text: fields(answer) };
  const json = { ...answer, client_secret: clientSecret };
  return { json, text: fields(json), note: 'Keep the client_secret now: it is not shown again.' };
}
