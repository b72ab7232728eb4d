import { type INestApplicationContext } from '@nestjs/common';
import { type Command } from 'commander';
import {
  AuthSourceAdministration,
  type AdministratedAuthSource,
} from '../../admin/auth-source-administration.js';
import { MappingPreview, MappingPreviewRequest } from '../../admin/mapping-preview.js';
import { AuthSourceSettings } from '../../auth-sources/auth-source-settings.js';
import { everyItem } from '../../database/page.js';
import { SettingsRefused } from '../../database/settings.js';
import { checked } from '../checked.js';
import { confirmed } from '../confirmation.js';
import { deleteKnown } from '../deletion.js';
import { secretOf } from '../secret-option.js';
import { serviceCommand, type CommandLine, type Result } from '../service-command.js';
import { givenSettings, needsSettings, offerSettings, type SettingOption } from '../setting-options.js';
import { shellOperator } from '../shell-operator.js';
import { fields, table } from '../table.js';

const mapping: SettingOption = {
  setting: 'attribute_mapping',
  kind: 'mapping',
  name: 'map',
  description: 'what is kept of WeChat\'s data, such as "nickName:nickname:if_empty"; once for each row',
};

const settings: readonly SettingOption[] = [
  {
    setting: 'type',
    kind: 'text',
    description:
      'wechat_mini_program, wechat_website, wechat_official_account, wechat_mobile_app, or one that a grant has declared',
  },
  { setting: 'name', kind: 'text', description: 'for people' },
  { setting: 'enabled', kind: 'boolean', description: 'nobody signs in through a disabled one' },
  {
    setting: 'app_id',
    kind: 'text',
    description: "WeChat's AppID; default for a type that is none of WeChat's: the id",
  },
  {
    setting: 'open_platform_account',
    kind: 'text',
    description: 'the same for all that see one unionid per person',
  },
  { setting: 'applications', kind: 'list', description: 'client ids that may sign users in through it' },
  mapping,
];

const SECRET = '--app-secret-env <name>';
const SECRET_MEANING =
  "the environment variable that holds WeChat's AppSecret, or the key to what the grant asks";

export function addAuthSources(root: Command): void {
  const group = root
    .command('auth-sources')
    .summary('the WeChat accounts that users come from')
    .description(
      'The WeChat accounts, and whatever else, that users come from. Services know of a change within five seconds.',
    )
    .helpCommand(false);
  serviceCommand(group.command('list').summary('all of them'), list);
  serviceCommand(
    group.command('show').summary('all settings of one').argument('<id>'),
    async (service, { args: [id] }) => shown(await administration(service).read(id!)),
  );
  const creation = group
    .command('create')
    .summary('add one; --type is required, and --app-id for WeChat')
    .argument('<id>')
    .option(SECRET, SECRET_MEANING);
  serviceCommand(offerSettings(creation, settings), async (service, line) =>
    shown(await administration(service).create(settingsOf(service, line), shellOperator())),
  );
  const change = group
    .command('update')
    .summary('change settings of one')
    .description('Changes the settings that options name; the others stay as they are.')
    .argument('<id>')
    .option(SECRET, SECRET_MEANING);
  serviceCommand(needsSettings(offerSettings(change, settings)), async (service, line) =>
    shown(await administration(service).change(settingsOf(service, line), undefined, shellOperator())),
  );
  const deletion = group
    .command('delete')
    .summary('delete one that is disabled, with its sessions')
    .description('Deletes a disabled auth source, its links and its sessions. Its users stay.')
    .argument('<id>');
  serviceCommand(
    confirmed(deletion, () => true),
    remove,
  );
  const trial = group
    .command('preview')
    .summary('say what a login would write, and why')
    .description('Says what a login with a profile would write of it, and why. Writes nothing.')
    .argument('<id>')
    .requiredOption('--profile <json>', 'what WeChat says, such as {"nickName":"Band","phoneNumber":"13…"}')
    .option('--user <id>', 'whose login it would be; without it, of somebody new');
  serviceCommand(offerSettings(trial, [mapping]), preview);
}

function administration(service: INestApplicationContext): AuthSourceAdministration {
  return service.get(AuthSourceAdministration);
}

async function list(service: INestApplicationContext): Promise<Result> {
  const items = await everyItem((request) => administration(service).list(request));
  return {
    json: { items, next_cursor: null },
    text: table(items, ['id', 'type', 'enabled', 'app_id', 'name', 'applications']),
  };
}

/** @throws UnknownResource */
async function remove(service: INestApplicationContext, { args: [id] }: CommandLine): Promise<Result> {
  const resources = administration(service);
  await deleteKnown(
    () => resources.read(id!),
    () => resources.remove(id!, undefined, shellOperator()),
  );
  return { json: { deleted: id }, text: `auth source ${id} deleted` };
}

async function preview(
  service: INestApplicationContext,
  { args: [id], options }: CommandLine,
): Promise<Result> {
  const request = checked(MappingPreviewRequest, {
    profile: profileOf(options.profile as string),
    user_id: options.user,
    ...givenSettings(options, [mapping]),
  });
  const answer = await service.get(MappingPreview).preview(id!, request);
  const columns = ['from', 'to', 'update', 'value', 'current', 'written', 'reason'] as const;
  return { json: answer, text: table(answer.attributes, columns) };
}

function profileOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SettingsRefused([{ property: 'profile', message: 'must be a JSON object' }]);
  }
}

function settingsOf(service: INestApplicationContext, { args, options }: CommandLine): AuthSourceSettings {
  const { secret, problems } = secretOf(service, 'app_secret_env', options.appSecretEnv);
  const given = givenSettings(options, settings);
  return checked(AuthSourceSettings, { id: args[0], ...given, app_secret: secret }, problems);
}

function shown({ answer }: AdministratedAuthSource): Result {
  return { json: answer, text: fields(answer) };
}
