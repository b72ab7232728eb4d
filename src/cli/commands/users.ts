import { type INestApplicationContext } from '@nestjs/common';
import { type Command } from 'commander';
import { UUID, pageAnswer, pageRequest } from '../../admin/page-query.js';
import { UserQuery } from '../../admin/user-query.js';
import { SessionAdministration } from '../../admin/session-administration.js';
import { UserAdministration } from '../../admin/user-administration.js';
import { type UserChange } from '../../admin/user-change.js';
import { everyItem } from '../../database/page.js';
import { checked } from '../checked.js';
import { confirmed } from '../confirmation.js';
import { deleteKnown } from '../deletion.js';
import { serviceCommand, type CommandLine, type Result, type Work } from '../service-command.js';
import { shellOperator } from '../shell-operator.js';
import { fields, table } from '../table.js';

export function addUsers(root: Command): void {
  const group = root
    .command('users')
    .summary('the people, and their sessions')
    .description('The people who have signed in, and their sessions.')
    .helpCommand(false);
  serviceCommand(
    group
      .command('list')
      .summary('the newest first')
      .option('--phone-number <number>', 'whose it is, such as +8613800138000')
      .option('--openid <openid>', 'who has it at any app')
      .option('--unionid <unionid>', 'who has it at any open platform account')
      .option('--status <status>', 'NORMAL, LOCK or FREEZE')
      .option('--limit <number>', 'how many at once, 200 at most', '50')
      .option('--cursor <cursor>', 'where the list before has ended'),
    list,
  );
  serviceCommand(
    group.command('show').summary('all that is known of one').argument('<id>'),
    async (service, { args: [id] }) => {
      const { answer } = await service.get(UserAdministration).read(id!);
      return { json: answer, text: fields(answer) };
    },
  );
  for (const [name, status, summary] of [
    ['lock', 'LOCK', 'keep one out'],
    ['freeze', 'FREEZE', 'keep one out, by the other name that there is for it'],
    ['unlock', 'NORMAL', 'let one in again who is locked or frozen'],
  ] as const) {
    serviceCommand(group.command(name).summary(summary).argument('<id>'), becomes({ status }));
  }
  const deletion = group
    .command('delete')
    .summary('erase one')
    .description(
      'Erases a user: profile, identities, sessions, and what the audit has of the person. Of one that is gone ' +
        'already, what a deletion that was cut off has left.',
    )
    .argument('<id>');
  serviceCommand(
    confirmed(deletion, () => true),
    remove,
  );
  serviceCommand(
    group
      .command('sessions')
      .summary('where one is signed in, the newest first')
      .description('The sessions of a user that are not over: families of refresh tokens, the newest first.')
      .argument('<id>'),
    sessions,
  );
  const ending = group
    .command('end-sessions')
    .summary('sign one out')
    .description('Ends a session of a user; without a session id, all of them. Tokens of it end with it.')
    .argument('<id>')
    .argument('[session_id]');
  serviceCommand(
    confirmed(ending, ([, sessionId]) => sessionId === undefined),
    endSessions,
  );
}

async function list(service: INestApplicationContext, { options }: CommandLine): Promise<Result> {
  const { phoneNumber: phone_number, openid, unionid, status, limit, cursor } = options;
  const query = checked(UserQuery, { phone_number, openid, unionid, status, limit, cursor });
  const { phone_number: phoneNumber, ...others } = query;
  const users = await service
    .get(UserAdministration)
    .list({ phoneNumber, ...others }, pageRequest(query, UUID));
  const answer = pageAnswer(users);
  return {
    json: answer,
    text: table(answer.items, ['id', 'status', 'nickname', 'phone_number', 'created_at']),
    ...(answer.next_cursor === null ? {} : { note: `There are more: --cursor ${answer.next_cursor}` }),
  };
}

function becomes(change: UserChange): Work {
  return async (service, { args: [id] }) => {
    const { answer } = await service.get(UserAdministration).change(id!, change, undefined, shellOperator());
    return { json: answer, text: fields(answer) };
  };
}

/** @throws UnknownResource */
async function remove(service: INestApplicationContext, { args: [id] }: CommandLine): Promise<Result> {
  const users = service.get(UserAdministration);
  await deleteKnown(
    () => users.read(id!),
    () => users.remove(id!, undefined, shellOperator()),
  );
  return { json: { deleted: id }, text: `user ${id} deleted` };
}

async function sessions(service: INestApplicationContext, { args: [id] }: CommandLine): Promise<Result> {
  const items = await everyItem((request) => service.get(SessionAdministration).list(id!, request));
  return {
    json: { items, next_cursor: null },
    text: table(items, ['id', 'client_id', 'auth_source_id', 'scopes', 'created_at', 'expires_at']),
  };
}

/** @throws UnknownResource when there is no such user, or no such session that is not over */
async function endSessions(
  service: INestApplicationContext,
  { args: [id, sessionId] }: CommandLine,
): Promise<Result> {
  const administration = service.get(SessionAdministration);
  const ended = { user_id: id, session_id: sessionId ?? null, ended: true };
  if (sessionId === undefined) {
    await administration.endAll(id!, shellOperator());
    return { json: ended, text: `every session of user ${id} ended` };
  }
  await administration.read(id!, sessionId);
  await administration.end(id!, sessionId, shellOperator());
  return { json: ended, text: `session ${sessionId} ended` };
}
