import { hold, holdError, holdTokens, subjectOf, type Check } from './check.js';
import { type TestBench } from './test-bench.js';

const AT_ONCE = 6;

/** Who signs in, and how often. */
export const signInChecks: readonly Check[] = [
  {
    name: 'signs a person in, and the same user each time',
    run: async (bench) => {
      const first = await bench.signIn('alice');
      holdTokens(first, 'a fresh credential');
      const again = subjectOf(await bench.signIn('alice'));
      hold(again === subjectOf(first), 'the same person is another user at the second time');
      hold(subjectOf(await bench.signIn('bob')) !== again, 'two persons are one user');
    },
  },
  {
    name: 'makes one user of a person, however many first logins come at once',
    run: async (bench) => {
      const credentials = [];
      for (let index = 0; index < AT_ONCE; index++) credentials.push(await bench.credential('alice'));
      const answers = await Promise.all(credentials.map((credential) => bench.ask(credential)));
      answers.forEach((answer) => holdTokens(answer, 'one of several first logins'));
      hold(new Set(answers.map(subjectOf)).size === 1, 'several first logins at once made several users');
      hold((await bench.count('users')) === 1, 'several first logins at once left several users');
    },
  },
  {
    name: 'accepts a credential once',
    run: async (bench) => {
      const credential = await bench.credential('alice');
      holdTokens(await bench.ask(credential), 'a fresh credential');
      holdError(await bench.ask(credential), 'a credential that was used', { error: 'invalid_grant' });
    },
  },
  {
    name: 'accepts a credential once, however many present it at once',
    run: async (bench) => {
      const credential = await bench.credential('alice');
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => bench.ask(credential)));
      const accepted = answers.filter(({ status }) => status === 200).length;
      hold(
        accepted === 1,
        `one credential, presented ${AT_ONCE} times at once, was accepted ${accepted} times`,
      );
      for (const answer of answers.filter(({ status }) => status !== 200)) {
        holdError(answer, 'a credential that was used', { error: 'invalid_grant' });
      }
    },
  },
  {
    name: 'lets nobody in who is locked or frozen, and writes nothing of it',
    run: async (bench) => {
      await bench.signIn('alice');
      for (const status of ['LOCK', 'FREEZE']) {
        await bench.ciam.dataSource.query(`UPDATE users SET status = '${status}'`);
        const before = await writtenOf(bench);
        const answer = await bench.ask(await bench.credential('alice'));
        const description = 'Abnormal user status';
        holdError(answer, `a user with the status ${status}`, { error: 'invalid_grant', description });
        hold((await writtenOf(bench)) === before, `a login of a user with the status ${status} was written`);
      }
    },
  },
  {
    name: 'brings refresh tokens that work',
    run: async (bench) => {
      const first = await bench.signIn('alice');
      const refreshed = await bench.refresh(first.body.refresh_token);
      holdTokens(refreshed, 'a refresh token');
      hold(subjectOf(refreshed) === subjectOf(first), 'a refresh token is another user’s');
    },
  },
];

/** What a login writes, but for the audit. */
async function writtenOf(bench: TestBench): Promise<string> {
  const tables = ['users', 'external_identities', 'sessions', 'refresh_tokens'];
  return JSON.stringify(
    await Promise.all(tables.map((table) => bench.ciam.dataSource.query(`SELECT * FROM ${table}`))),
  );
}
