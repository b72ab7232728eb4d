import { hold, holdError, holdTokens, type Check } from './check.js';
import { type Parameters, type TestBench } from './test-bench.js';

/** More than any parameter may be long, and less than a body may. */
const TOO_LONG = 'x'.repeat(60_000);

const CREDENTIAL_SPENT = 'the credential of a request that was refused before is not accepted any more: it';

/** What is refused before the strategy is asked, and what it must say of the rest. */
export const requestChecks: readonly Check[] = [
  {
    name: 'is for applications alone that are enabled and have it among their grants',
    run: async (bench) => {
      const credential = await bench.credential('alice');
      const { application, ciam } = bench;
      await ciam.register({ applications: [{ ...application, grant_types: ['refresh_token'] }] });
      const description = 'Grant type not allowed for this application';
      const notAllowed = { error: 'unauthorized_client', description };
      holdError(await bench.ask(credential), 'an application that may not use it', notAllowed);
      await ciam.register({ applications: [{ ...application, enabled: false }] });
      const unknown = { error: 'invalid_client', status: 401 };
      holdError(await bench.ask(credential), 'a disabled application', unknown);
      await ciam.register({ applications: [application] });
      holdTokens(await bench.ask(credential), CREDENTIAL_SPENT);
    },
  },
  {
    name: 'is for auth sources alone that are enabled and linked to the application',
    run: async (bench) => {
      const credential = await bench.credential('alice');
      const { authSource, ciam } = bench;
      const refused = (description: string) => ({ error: 'invalid_auth_source', description });
      const gone = refused('Auth source not found or disabled');
      holdError(
        await bench.ask({ ...credential, auth_source_id: 'nowhere' }),
        'an unknown auth source',
        gone,
      );
      await ciam.register({ authSources: [{ ...authSource, enabled: false }] });
      holdError(await bench.ask(credential), 'a disabled auth source', gone);
      await ciam.register({ authSources: [{ ...authSource, applications: [] }] });
      const apart = refused('Auth source and application not associated');
      holdError(await bench.ask(credential), 'an auth source of another application', apart);
      await ciam.register({ authSources: [authSource] });
      holdTokens(await bench.ask(credential), CREDENTIAL_SPENT);
    },
  },
  {
    name: 'ignores parameters that it does not declare, repeated or not',
    run: async (bench) => {
      const credential = await bench.credential('alice');
      const answer = await bench.ask({ ...credential, undeclared: ['a', 'b'], other_undeclared: { a: 1 } });
      holdTokens(answer, 'a request with parameters that are not declared');
    },
  },
  {
    name: 'refuses parameters that are missing, repeated, of another type or too long',
    run: async (bench) => {
      const credential = await bench.credential('alice');
      for (const name of Object.keys(credential)) {
        await holdChecked(bench, credential, name);
        await holdLeftOut(bench, name);
      }
      holdTokens(await bench.ask(credential), CREDENTIAL_SPENT);
    },
  },
  {
    name: 'says of a credential that is wrong that it is, and quotes nothing of it',
    run: async (bench) => {
      const credential = await bench.credential('alice');
      for (const name of bench.secretsOf(credential)) {
        const wrong = garbled(String(credential[name]));
        const answer = await bench.ask({ ...(await bench.credential('alice')), [name]: wrong });
        const error = answer.body.error === 'invalid_request' ? 'invalid_request' : 'invalid_grant';
        holdError(answer, `a wrong ${name}`, { error }, [wrong]);
      }
      hold((await bench.count('users')) === 0, 'a wrong credential made a user');
    },
  },
  {
    name: 'answers 503 with Retry-After when whoever it asks does not answer',
    isLeftOut: ({ hang }) => (hang ? undefined : 'it asks nobody'),
    run: async (bench) => {
      const credential = await bench.credential('alice');
      const end = await bench.grant.hang!(bench.ciam);
      const answer = await withinPatience(bench.ask(credential)).finally(end);
      hold(answer !== undefined, `it is still waited for after ${PATIENCE_MS / 1000} s`);
      const unavailable = { error: 'temporarily_unavailable', status: 503 };
      holdError(answer, 'a request whose upstream hangs', unavailable);
      const retryAfter = answer.headers.get('retry-after');
      hold(/^[1-9]\d*$/.test(retryAfter ?? ''), `Retry-After is ${retryAfter}, not whole seconds`);
      holdTokens(await bench.signIn('alice'), 'a fresh credential, when its upstream answers again,');
    },
  },
];

const PATIENCE_MS = 20_000;

async function withinPatience<T>(answer: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, undefined);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

async function holdChecked(bench: TestBench, credential: Parameters, name: string): Promise<void> {
  const invalid = { error: 'invalid_request', description: `Invalid parameter: ${name}` };
  const repeated = { error: 'invalid_request', description: `Repeated parameter: ${name}` };
  const value = credential[name];
  holdError(await bench.ask({ ...credential, [name]: [value, value] }), `a repeated ${name}`, repeated);
  holdError(await bench.ask({ ...credential, [name]: { value } }), `${name} that is an object`, invalid);
  if (typeof value !== 'string') return;
  holdError(
    await bench.ask({ ...credential, [name]: TOO_LONG }),
    `${name} of ${TOO_LONG.length} characters`,
    invalid,
  );
}

/** Of a fresh credential: one that may be left out is accepted, or proves less than is needed. */
async function holdLeftOut(bench: TestBench, name: string): Promise<void> {
  const answer = await bench.ask({ ...(await bench.credential('bob')), [name]: undefined });
  if (answer.status === 200) return;
  if (answer.body.error === 'invalid_grant')
    holdError(answer, `a request without ${name}`, { error: 'invalid_grant' });
  else {
    const missing = { error: 'invalid_request', description: `Missing required parameter: ${name}` };
    holdError(answer, `a request without ${name}`, missing);
  }
}

/** Another one of the same length and kind of characters. */
function garbled(value: string): string {
  const turned = (letter: string, alphabet: string) =>
    alphabet[(alphabet.indexOf(letter) + 1) % alphabet.length]!;
  return value
    .replace(/\d/g, (digit) => turned(digit, '0123456789'))
    .replace(/[a-y]/gi, (letter) =>
      letter === letter.toLowerCase()
        ? turned(letter, 'abcdefghijklmnopqrstuvwxyz')
        : turned(letter, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'),
    );
}
