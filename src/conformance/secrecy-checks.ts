import { hold, holdTokens, subjectOf, type Check } from './check.js';

/** What is kept, and what must not be. */
export const secrecyChecks: readonly Check[] = [
  {
    name: 'is audited: who signed in, and which login failed and why',
    run: async (bench) => {
      const credential = await bench.credential('alice');
      const subject = subjectOf(await bench.signIn('bob'));
      holdTokens(await bench.ask(credential), 'a fresh credential');
      await bench.ask(credential);
      const from = `client_id = '${bench.application.client_id}' AND auth_source_id = '${bench.authSource.id}'`;
      const succeeded = await bench.count(
        'audit_events',
        `type = 'login_succeeded' AND ${from} AND user_id = '${subject}'`,
      );
      hold(succeeded === 1, 'a login is not audited once, with client, auth source and user');
      const failed = await bench.count('audit_events', `type = 'login_failed' AND ${from}`);
      hold(failed === 1, 'a login that failed is not audited once, with client and auth source');
    },
  },
  {
    name: 'logs nothing of what it is sent, and stores no secret of it',
    run: async (bench) => {
      const credentials = [await bench.credential('alice'), await bench.credential('bob')];
      for (const credential of credentials) {
        holdTokens(await bench.ask(credential), 'a fresh credential');
        // And what it says of one that is not accepted.
        await bench.ask(credential);
      }
      const stored = await bench.stored();
      const audited = JSON.stringify(await bench.ciam.dataSource.query('SELECT * FROM audit_events'));
      for (const credential of credentials) {
        for (const [name, value] of Object.entries(credential)) {
          if (typeof value !== 'string' || value === '') continue;
          hold(!bench.printed.some((line) => line.includes(value)), `${name} is logged`);
          hold(!audited.includes(value), `${name} is in the audit`);
        }
        for (const name of bench.secretsOf(credential)) {
          hold(!stored.includes(String(credential[name])), `${name} is stored`);
        }
      }
    },
  },
];
