import { runCheck } from '../src/conformance/check.js';
import { CHECKS } from '../src/conformance/conformance.js';
import { ConformanceFailure, checkConformance, describeConformance } from '../src/nest-ciam-conformance.js';
import { isMysql } from './support/test-database.js';
import { BROKEN, tickets } from './support/tickets.js';
import { codeGrant, jscodeGrant } from './support/wechat-grants.js';

// The checks bring their own database.
if (isMysql) it.skip('conformance is checked on SQLite', () => undefined);
else {
  describeConformance(jscodeGrant);
  describeConformance(codeGrant);
  describeConformance(tickets());

  describe.each(Object.entries(BROKEN))('of a grant %s', (_, { strategy, parameters, caughtBy }) => {
    it('something is found', async () => {
      const check = CHECKS.find(({ name }) => name === caughtBy)!;
      const failure = await runCheck(check, tickets(strategy, parameters)).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ConformanceFailure);
      expect((failure as Error).message).toMatch(/^[^\n]{10,}$/);
    });
  });

  describe('of a grant', () => {
    it('that asks nobody, what cannot be tried is left out, and said', async () => {
      const grant = { ...tickets(), hang: undefined };
      const results = [];
      for await (const result of checkConformance(grant)) results.push(result);
      expect(results.map(({ check }) => check)).toEqual(CHECKS.map(({ name }) => name));
      expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([
        {
          check: 'answers 503 with Retry-After when whoever it asks does not answer',
          outcome: 'left out',
          reason: 'it asks nobody',
        },
      ]);
    });

    it('that there is not, that is said', async () => {
      const first = checkConformance({ ...tickets(), grants: [] }).next();
      expect((await first).value).toMatchObject({
        outcome: 'failed',
        reason: 'no strategy answers the grant type urn:example:ticket',
      });
    });
  });
}
