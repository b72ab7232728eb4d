import fc from 'fast-check';
import { arbitraryCommands, signingIn } from './support/refresh-model/arbitrary-commands.js';
import { expectSameRecords } from './support/refresh-model/commands/compare-records.js';
import { RefreshModel } from './support/refresh-model/model.js';
import { stopDate } from './support/refresh-model/service-clock.js';
import { ServiceUnderTest } from './support/refresh-model/service-under-test.js';
import { USERS } from './support/refresh-model/settings.js';
import { CASES, type Case } from './support/refresh-model/verdict.js';
import { startService, type RunningService } from './support/service.js';
import { registerSessions } from './support/sessions.js';
import { isMysql } from './support/test-database.js';

/**
 * The runs are the same ones every time. Others, and more of them:
 *
 *     REFRESH_MODEL_SEED=7 REFRESH_MODEL_RUNS=20000 npm test -- test/refresh-model
 *
 * A failure says its seed, and the shortest run of commands that fails.
 */
const { REFRESH_MODEL_SEED = '6749', REFRESH_MODEL_RUNS = isMysql ? '400' : '2000' } = process.env;

/** Far more than the runs take: finding the shortest run that fails takes longer. */
const MOST_MS = 30 * 60_000;

describe('refresh tokens', () => {
  let service: RunningService;

  beforeAll(async () => {
    stopDate();
    service = await startService();
    for (const id of USERS) service.simulator.wechat.addUser({ id });
    await registerSessions(service);
  });

  afterAll(() => service.close());

  it(
    'live and die as the model says, whatever happens to them',
    async () => {
      const met = new Set<Case>();
      const property = fc.asyncProperty(signingIn, arbitraryCommands, async (first, commands) => {
        const model = new RefreshModel();
        const real = await ServiceUnderTest.reset(service);
        await first.run(model, real);
        await fc.asyncModelRun(() => ({ model, real }), commands);
        await expectSameRecords(model, real);
        model.met.forEach((reason) => met.add(reason));
      });
      const [seed, numRuns] = [Number(REFRESH_MODEL_SEED), Number(REFRESH_MODEL_RUNS)];
      await fc.assert(property, { seed, numRuns });
      expect([...met].sort()).toEqual([...CASES].sort());
    },
    MOST_MS,
  );
});
