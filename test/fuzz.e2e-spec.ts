import fc from 'fast-check';
import { commonFaults, faultsOf, kindOf } from './support/fuzzing/contract.js';
import { FuzzedService } from './support/fuzzing/fuzzed-service.js';
import { rawAnswers } from './support/fuzzing/raw-answers.js';
import { rawRequests } from './support/fuzzing/raw-requests.js';
import { requests } from './support/fuzzing/requests.js';
import { startSharedService, type SharedService } from './support/shared-service.js';
import { registerSessions } from './support/sessions.js';

/**
 * The requests are the same ones every time. Others, and more of them:
 *
 *     FUZZ_SEED=7 FUZZ_RUNS=100000 npm test -- test/fuzz
 *
 * A failure says its seed, and the smallest request that fails.
 */
const { FUZZ_SEED = '7807', FUZZ_RUNS = '2000' } = process.env;
const [seed, numRuns] = [Number(FUZZ_SEED), Number(FUZZ_RUNS)];
/** Part of them. */
const oneIn = (parts: number) => Math.ceil(numRuns / parts);

const MOST_MS = 60 * 60_000;
/** What a process of this size may hold on to after thousands of requests: caches, statistics, compiled code. */
const MOST_GROWTH = 16 * 1024 * 1024;

/** What only requests get that are nearly right. */
const DEEP_ANSWERS = [
  '200',
  '304',
  '401',
  '400 invalid_grant',
  '400 invalid_scope',
  '400 unauthorized_client',
  '400 unsupported_grant_type',
  '401 invalid_client',
  '405 invalid_request',
  '413 invalid_request',
];

const ADMIN_TOKEN = 'fuzzing-admin-token-that-nobody-sends';

describe(`whatever a client sends (seed ${FUZZ_SEED})`, () => {
  let shared: SharedService;
  let service: FuzzedService;
  const met = new Set<string>();

  beforeAll(async () => {
    shared = await startSharedService({ ADMIN_TOKEN });
    await registerSessions(shared.service);
    service = await FuzzedService.start(shared);
  });

  afterAll(async () => {
    await service?.close();
    await shared?.close();
  });

  const answered = fc.asyncProperty(fc.array(requests, { minLength: 1, maxLength: 4 }), async (batch) => {
    const answers = await Promise.all(batch.map((request) => service.send(request)));
    expect(answers.flatMap((answer, index) => faultsOf(batch[index]!, answer))).toEqual([]);
    answers.map(kindOf).forEach((kind) => met.add(kind));
  });

  it(
    'is answered as documented, if it is HTTP',
    async () => {
      await fc.assert(answered, { seed, numRuns });
      // It went further than the first check.
      expect([...met]).toEqual(expect.arrayContaining(DEEP_ANSWERS));
    },
    MOST_MS,
  );

  it(
    'is answered or cut off, if it is not',
    async () => {
      const property = fc.asyncProperty(rawRequests, async (bytes) => {
        const answers = rawAnswers(await service.sendRaw(bytes));
        expect(answers.flatMap(commonFaults)).toEqual([]);
      });
      await fc.assert(property, { seed, numRuns: oneIn(4) });
    },
    MOST_MS,
  );

  it(
    'leaves nothing behind in memory',
    async () => {
      await fc.assert(answered, { seed, numRuns: oneIn(10) });
      const before = await service.heap();
      await fc.assert(answered, { seed: seed + 1, numRuns: oneIn(3) });
      expect((await service.heap()) - before).toBeLessThan(MOST_GROWTH);
    },
    MOST_MS,
  );

  it('is nothing to complain of', () => {
    expect(service.complaints()).toEqual([]);
  });
});
