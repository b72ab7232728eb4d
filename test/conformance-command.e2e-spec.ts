import { fileURLToPath } from 'node:url';
import { type CheckResult } from '../src/nest-ciam-conformance.js';
import { PackageFolder } from './support/package-folder.js';
import { runCommand } from './support/spawned-command.js';
import { isMysql } from './support/test-database.js';

const COMMAND = fileURLToPath(new URL('../dist/src/conformance/main.js', import.meta.url));
const CHECKS = 14;

/** A grant in JavaScript, as a compiler would leave it. */
const grant = (refusal: string) => `
import { randomUUID } from 'node:crypto';
import { IsString, MaxLength } from 'class-validator';
import { GrantType, InvalidGrant } from 'nest-ciam';

const holders = new Map();
export const issue = (person) => {
  const ticket = randomUUID();
  holders.set(ticket, person);
  return ticket;
};

class TicketParameters {}
for (const name of ['auth_source_id', 'ticket']) {
  IsString()(TicketParameters.prototype, name);
  MaxLength(64)(TicketParameters.prototype, name);
}

export class TicketStrategy {
  async handle({ ticket }, { authSource }) {
    const person = holders.get(ticket);
    holders.delete(ticket);
    if (!person) throw ${refusal};
    const identities = [{ type: 'ticket', issuer: authSource.appId, subject: person }];
    return { kind: 'external', identities, profile: async () => ({}) };
  }
}
GrantType({
  grantType: 'urn:example:ticket',
  parameters: TicketParameters,
  applicationTypes: ['web'],
  authSourceTypes: ['ticket_office'],
})(TicketStrategy);
`;

const description = (file: string) => `
import { issue } from './${file}';

export const conformance = {
  grantType: 'urn:example:ticket',
  authSource: { type: 'ticket_office' },
  credential: async (person) => ({ ticket: issue(person) }),
};
`;

// The checks bring their own database.
(isMysql ? describe.skip : describe)('nest-ciam-conformance', () => {
  let folder: PackageFolder;

  beforeAll(async () => {
    folder = await PackageFolder.create('class-validator');
  });

  afterAll(() => folder.remove());

  const write = (path: string, text: string) => folder.write(path, text);
  const run = (...args: string[]) => runCommand(process.execPath, [COMMAND, ...args], folder.path);

  it('says of a grant that conforms what it does, line by line, and ends with 0', async () => {
    await write('ticket.js', grant(`new InvalidGrant('Unknown ticket')`));
    await write('ticket.conformance.js', description('ticket.js'));
    const { code, stdout, stderr } = await run('./ticket.js');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.at(-1)).toBe('It conforms.');
    expect(lines.filter((line) => line.startsWith('✓ '))).toHaveLength(CHECKS - 1);
    expect(lines).toContain(
      '- answers 503 with Retry-After when whoever it asks does not answer: it asks nobody',
    );
  });

  it('says of one that does not why, and ends with 1', async () => {
    await write(
      'quoting.js',
      grant('new InvalidGrant(`Unknown ticket ${ticket}`)') + 'export const description = 1;',
    );
    await write('quoting.conformance.js', description('quoting.js'));
    const { code, stdout, stderr } = await run('./quoting.js', '--json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const results = JSON.parse(stdout) as CheckResult[];
    expect(results).toHaveLength(CHECKS);
    expect(results).toContainEqual({
      check: 'says of a credential that is wrong that it is, and quotes nothing of it',
      outcome: 'failed',
      reason: 'a wrong ticket: its error quotes what was sent',
    });
  });

  it.each([
    ['nothing', [], /^Usage: nest-ciam-conformance <file>/],
    ['an unknown option', ['--fast'], /^Usage: nest-ciam-conformance <file>/],
    ['two files', ['a.js', 'b.js'], /^Usage: nest-ciam-conformance <file>/],
    ['a file that is not there', ['./missing.js'], /^Cannot find module /],
    ['a file of which nothing is said', ['./other.js'], /^Neither \.\/other\.js nor a file beside it/],
  ])('ends with 2 and says why for %s', async (_, args, complaint) => {
    await write('other.js', 'export const answer = 42;');
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(complaint);
  });
});
