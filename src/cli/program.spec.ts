import { jest } from '@jest/globals';
import { exitCodeOf } from './failure.js';
import { program } from './program.js';

/** What a command line comes to that reaches no service. */
async function run(...args: string[]) {
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    jest.spyOn(process[stream], 'write').mockImplementation((text) => {
      output[stream] += String(text);
      return true;
    });
  }
  try {
    await program().parseAsync(args, { from: 'user' });
    throw new Error('It was taken');
  } catch (error) {
    return { ...output, code: exitCodeOf(error) };
  } finally {
    jest.restoreAllMocks();
  }
}

describe('npm run cli -- --help', () => {
  it('says which commands there are, and what the exit codes mean', async () => {
    const { code, stdout, stderr } = await run('--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: npm run cli -- \[options\] \[command\]\n/);
    const groups = ['applications', 'auth-sources', 'users', 'keys', 'encryption-key', 'provision', 'audit'];
    const names = [...stdout.matchAll(/^ {2}([a-z-]+)(?: \[options\])? {2,}/gm)].map(([, name]) => name);
    expect(names).toEqual([...groups, 'migrate', 'generate', 'doctor']);
    for (const exitCode of [0, 1, 2, 3, 4]) expect(stdout).toMatch(new RegExp(`^  ${exitCode}  `, 'm'));
  });

  it.each([
    ['applications', 'list show create update rotate-secret delete'],
    ['auth-sources', 'list show create update delete preview'],
    ['users', 'list show lock freeze unlock delete sessions end-sessions'],
    ['keys', 'list rotate'],
    ['encryption-key', 'rotate'],
    ['provision', 'apply export'],
    ['audit', 'tail'],
    ['generate', 'grant'],
  ])('says what %s has', async (group, names) => {
    const { code, stdout } = await run(group, '--help');
    const commands = [...stdout.matchAll(/^ {2}([a-z-]+) (?:\[|<)/gm)].map(([, name]) => name);
    expect([code, commands.join(' ')]).toEqual([0, names]);
  });

  it('names the options of a command', async () => {
    const { code, stdout } = await run('applications', 'create', '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: npm run cli -- applications create \[options\] <client_id>\n/);
    const names = [...stdout.matchAll(/^ {2}(?:-h, )?--([a-z-]+)/gm)].map(([, name]) => name);
    expect(names.join(' ')).toBe(
      'client-secret-env type name enabled grant-types no-grant-types scopes no-scopes access-token-ttl ' +
        'id-token-ttl refresh-token-ttl refresh-token-max-ttl refresh-reuse-interval signing-alg ' +
        'token-profile id-token-claims no-id-token-claims cors-origins no-cors-origins json help',
    );
  });
});

describe('wrong usage', () => {
  it.each([
    [
      'an unknown command',
      ['provisoin'],
      /^error: unknown command 'provisoin'\n\(Did you mean provision\?\)/,
    ],
    ['an unknown command of a group', ['keys', 'eat'], /^error: unknown command 'eat'/],
    ['an unknown option', ['keys', 'list', '--force'], /^error: unknown option '--force'/],
    ['a missing argument', ['provision', 'apply'], /^error: missing required argument 'file'/],
    ['an argument too many', ['provision', 'apply', 'a', 'b'], /^error: too many arguments/],
    ['an option without its value', ['users', 'list', '--status'], /^error: option '--status <status>' arg/],
    ['a missing option', ['auth-sources', 'preview', 'a'], /^error: required option '--profile <json>'/],
    ['no command', [], /^Usage: /],
    ['a group without command', ['users'], /^Usage: npm run cli -- users /],
    [
      'an update of nothing',
      ['applications', 'update', 'a', '--json'],
      /^error: no option says what to change/,
    ],
    ['an update of nothing', ['auth-sources', 'update', 'a'], /^error: no option says what to change/],
    [
      'a secret as an argument',
      ['applications', 'update', 'a', '--client-secret', 'x'],
      /^error: unknown option/,
    ],
    ...['applications', 'auth-sources', 'users'].map(
      (group) =>
        [
          'a deletion without --yes',
          [group, 'delete', 'a'],
          /^error: this cannot be undone: add --yes/,
        ] as const,
    ),
    [
      'a name of no grant',
      ['generate', 'grant', '../Badge'],
      /^error: command-argument value '\.\.\/Badge' is invalid/,
    ],
    [
      'a grant type that is none',
      ['generate', 'grant', 'badge', '--grant-type', 'badge'],
      /^error: option '--grant-type <uri>' argument 'badge' is invalid. It must be an absolute URI/,
    ],
    ['ending all sessions without --yes', ['users', 'end-sessions', 'a'], /^error: this cannot be undone/],
  ] as const)('ends with 2 and says how it is used for %s', async (_mistake, args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^Usage: npm run cli -- /m);
  });
});
