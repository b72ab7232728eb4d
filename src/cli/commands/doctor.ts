import { type Command } from 'commander';
import { diagnose } from '../doctor/doctor.js';
import { type Finding } from '../doctor/finding.js';
import { printable } from '../printable.js';
import { jsonCommand, print } from '../service-command.js';

export function addDoctor(root: Command): void {
  jsonCommand(
    root
      .command('doctor')
      .summary('look what is wrong, and say what to do')
      .description(
        'Looks at configuration, database, migrations, stored secrets, signing keys, WeChat credentials, clocks and ' +
          'Redis, and says what to do about what is wrong. Changes nothing. Exit code 1 when there is a problem.',
      ),
    ({ options }) => examine(options.json === true),
  );
}

/** Each finding as soon as it is there; as JSON, all of them at the end. */
async function examine(json: boolean): Promise<void> {
  const checks: Finding[] = [];
  for await (const finding of diagnose()) {
    checks.push(finding);
    if (!json) print(lineOf(finding));
  }
  const healthy = checks.every(({ status }) => status !== 'problem');
  if (json) print(JSON.stringify({ healthy, checks }));
  if (!healthy) process.exitCode = 1;
}

function lineOf({ status, check, subject, message }: Finding): string {
  const about = subject === null ? check : `${check} ${subject}`;
  return printable(`${status.padEnd(8)} ${about}: ${message}`);
}
