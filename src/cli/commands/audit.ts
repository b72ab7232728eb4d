import { type INestApplicationContext } from '@nestjs/common';
import { type Command } from 'commander';
import { AuditReader, type AuditEventAnswer } from '../../admin/audit-reader.js';
import { AuditQuery } from '../../admin/audit-query.js';
import { parseMoment } from '../../admin/moment.js';
import { pageRequest } from '../../admin/page-query.js';
import { SettingsRefused } from '../../database/settings.js';
import { messageFor } from '../../logging/described-error.js';
import { AuditFollower } from '../audit-follower.js';
import { checked } from '../checked.js';
import { printable } from '../printable.js';
import { jsonCommand, onService, print, type CommandLine } from '../service-command.js';

export function addAudit(root: Command): void {
  const group = root.command('audit').description('what has happened').helpCommand(false);
  jsonCommand(
    group
      .command('tail')
      .summary('the last events, the newest at the end')
      .description(
        'Prints the last events, the newest at the end: a line each; with --json a JSON object a line, which has ' +
          'the whole event.',
      )
      .option('-f, --follow', 'go on with each new event, until SIGINT or SIGTERM')
      .option('--user <id>', 'of this user alone')
      .option('--client <client_id>', 'of this application alone')
      .option('--type <type>', 'of this type alone, such as login_failed')
      .option('--since <time>', 'none before, such as 2026-01-31T08:00:00Z')
      .option('-n, --limit <number>', 'how many to begin with, 200 at most', '50'),
    (line) => onService((service) => tail(service, line)),
    'print a JSON object for each event, a line each',
  );
}

async function tail(service: INestApplicationContext, { options }: CommandLine): Promise<void> {
  const query = queryOf(options);
  const filter = {
    userId: query.user_id,
    clientId: query.client_id,
    type: query.type,
    ...(query.from ? { from: parseMoment(query.from) } : {}),
  };
  const reader = service.get(AuditReader);
  const page = await reader.list(filter, pageRequest(query));
  const last = [...page.items].reverse();
  const tell = (event: AuditEventAnswer) => print(options.json ? JSON.stringify(event) : eventLine(event));
  last.forEach(tell);
  if (query.from && page.next !== undefined) process.stderr.write('There are older ones: --limit\n');
  if (!options.follow) return;
  await new AuditFollower(reader, filter, last).run(untilSignal(), tell, (error) =>
    process.stderr.write(`The database cannot be read, trying again: ${messageFor(error)}\n`),
  );
}

/** @throws SettingsRefused naming each wrong option */
function queryOf({
  user: user_id,
  client: client_id,
  type,
  since,
  limit,
}: CommandLine['options']): AuditQuery {
  try {
    return checked(AuditQuery, { user_id, client_id, type, from: since, limit });
  } catch (error) {
    if (!(error instanceof SettingsRefused)) throw error;
    const names: Record<string, string> = { user_id: 'user', client_id: 'client', from: 'since' };
    throw new SettingsRefused(
      error.problems.map(({ property, message }) => ({ property: names[property] ?? property, message })),
    );
  }
}

/** `TIME TYPE name=value …`; what is not known is left out, and so are objects, which are too long for a line. */
function eventLine(event: AuditEventAnswer): string {
  const { client_id: client, auth_source_id: source, user_id: user, address, detail } = event;
  const members = Object.entries({ client, source, user, address, ...detail })
    .filter(([, value]) => typeof value !== 'object' || Array.isArray(value))
    .map(([name, value]) => ` ${name}=${quoted(printable(value))}`);
  return `${printable(event.created_at)} ${printable(event.type)}${members.join('')}`;
}

function quoted(text: string): string {
  return /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}

function untilSignal(): AbortSignal {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  return ending.signal;
}
