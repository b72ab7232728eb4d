import { type Fault } from '../src/simulator/faults/fault.js';
import { LoadedService } from './support/loaded-service.js';
import { total } from './support/load.js';

const path = '/sns/jscode2session';
const UNAVAILABLE = 'login 503 WeChat unavailable';
const calm = { name: 'calm', requests: 40 };

describe('under load, WeChat', () => {
  let loaded: LoadedService;

  beforeAll(async () => {
    loaded = await LoadedService.start({ WECHAT_TIMEOUT_MS: '2000' });
  });
  beforeEach(() => loaded.forgetEverybody());
  afterAll(() => loaded.close());

  it.each<{ does: string; faults: Fault[]; requests?: number }>([
    { does: 'hanging', faults: [{ path, kind: 'hang', times: 'always' }], requests: 30 },
    { does: 'hanging when it has spent the code', faults: [{ path, kind: 'hang', spend: true, times: 20 }] },
    { does: 'resetting connections', faults: [{ path, kind: 'reset', times: 'always' }] },
    {
      does: 'lying',
      faults: [
        { path, kind: 'raw', status: 500, times: 3 },
        { path, kind: 'html_body', times: 3 },
        { path, kind: 'empty_body', times: 3 },
        { path, kind: 'raw', body: '{"openid":', times: 3 },
        { path, kind: 'merge', patch: { openid: null }, times: 3 },
        { path, kind: 'merge', patch: { session_key: null }, times: 3 },
        { path, kind: 'merge', patch: { openid: 7 }, times: 3 },
        { path, kind: 'oversize_body', times: 3 },
      ],
    },
  ])(
    '$does makes nobody two users, and leaves those alone who refresh',
    async ({ faults, requests = 60 }) => {
      const begin = () => faults.forEach((fault) => loaded.service.simulator.wechat.fault(fault));
      const over = () => loaded.service.simulator.wechat.clearFaults();
      const phases = [calm, { name: 'fault', requests, begin }, { name: 'over', requests: 40, begin: over }];
      const seen = await loaded.endures(phases, [UNAVAILABLE]);
      expect(total(seen, 'fault')[UNAVAILABLE]).toBeGreaterThan(0);
      const { wechat } = loaded.service.simulator;
      const codes = wechat.calls({ path }).map(({ query }) => query.js_code);
      // A code is never sent twice.
      expect(new Set(codes).size).toBe(codes.length);
      wechat.clearCalls();
    },
  );
});
