import { randomBytes } from 'node:crypto';
import { Leases } from '../src/database/leases.js';
import { letTimePass, moveClock, resetClock, stopClock } from '../src/testing/clock.js';
import { CLIENT_ID, anApplication } from '../src/testing/factories.js';
import { LoadedService } from './support/loaded-service.js';
import { total } from './support/load.js';
import { startService, type RunningService } from './support/service.js';
import { introspected, refreshed, registerSessions, withSessions } from './support/sessions.js';

const ENCRYPTION_KEY = randomBytes(32).toString('base64');
const MINUTE = 60;
const HOUR = 3600;
/** A code that WeChat takes to be older than it is. */
const CODE_EXPIRED = 'login 400 WeChat error: 40029';
const SESSION_EXPIRED = 'refresh 400 Invalid refresh token';

describe('a clock that jumps', () => {
  let loaded: LoadedService;
  let service: RunningService;

  beforeAll(async () => {
    loaded = await LoadedService.start({ ENCRYPTION_KEY });
    service = loaded.service;
    service.simulator.wechat.addUser({ id: 'band' });
  });
  beforeEach(async () => {
    stopClock(Date.now());
    await loaded.forgetEverybody();
  });
  afterEach(() => resetClock());
  afterAll(() => loaded.close());

  const jump = (seconds: number) => () => moveClock(seconds);

  it('by minutes, forward and back, under load logs nobody out', async () => {
    const phases = [10, -10, -20, 20, 5, -5].map((minutes) => ({
      name: `${minutes} minutes`,
      requests: 30,
      begin: jump(minutes * MINUTE),
    }));
    await loaded.endures([{ name: 'calm', requests: 30 }, ...phases], [CODE_EXPIRED]);
  });

  it('by hours under load ends what has expired, and nothing else', async () => {
    const phases = [
      { name: 'calm', requests: 40 },
      { name: 'back', requests: 40, begin: jump(-5 * HOUR) },
      // Beyond every lifetime: whoever has a session logs in again.
      { name: 'forward', requests: 60, begin: jump(8 * HOUR) },
    ];
    const seen = await loaded.endures(phases, [CODE_EXPIRED, SESSION_EXPIRED]);
    expect(total(seen, 'calm', 'back')).not.toHaveProperty(SESSION_EXPIRED);
    expect(total(seen, 'forward')[SESSION_EXPIRED]).toBeGreaterThan(0);
  });

  it('back leaves tokens that were issued before as good as they were', async () => {
    const { access_token, refresh_token } = await service.loginAs('band');
    moveClock(-3 * HOUR);
    expect(await introspected(service, access_token)).toMatchObject({ active: true });
    const { status } = await service.post('/userinfo', {}, { Authorization: `Bearer ${access_token}` });
    expect(status).toBe(200);
    const next = await refreshed(service, refresh_token);
    // The answer was lost, and the clock has been set back since.
    moveClock(-HOUR);
    expect((await refreshed(service, refresh_token)).refresh_token).toBe(next.refresh_token);
  });

  it('forward counts for the reuse interval, to the second', async () => {
    const { refresh_token } = await service.loginAs('band');
    const next = await refreshed(service, refresh_token);
    moveClock(29);
    expect((await refreshed(service, refresh_token)).refresh_token).toBe(next.refresh_token);
    moveClock(1);
    const late = await service.token({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token });
    expect([late.status, await late.json()]).toEqual([
      400,
      { error: 'invalid_grant', error_description: 'Invalid refresh token' },
    ]);
  });

  it('back does not keep work from everybody for as long as it was set back', async () => {
    const leases = service.app.get(Leases);
    const acquire = () => leases.acquire('work', 50_000);
    expect(await acquire()).toBe(true);
    // Clocks of instances may differ by as much.
    moveClock(-MINUTE);
    expect(await acquire()).toBe(false);
    moveClock(-HOUR);
    expect([await acquire(), await acquire()]).toEqual([true, false]);
    moveClock(50);
    expect([await acquire(), await acquire()]).toEqual([true, false]);
  });

  it('either way neither opens nor shortens the window of the rate limit, nor keeps old settings in force', async () => {
    const other = await startService({
      RATE_LIMIT_PER_MINUTE: '1',
      DATABASE_URL: loaded.database.url,
      ENCRYPTION_KEY,
    });
    await registerSessions(other);
    const status = async () => (await other.token({})).status;
    expect([await status(), await status()]).toEqual([400, 429]);
    for (const hours of [2, -4]) {
      moveClock(hours * HOUR);
      const refused = await other.token({});
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    }
    await service.register({ applications: [anApplication({ ...withSessions, enabled: false })] });
    letTimePass(MINUTE);
    expect((await other.token({ grant_type: 'refresh_token', client_id: CLIENT_ID })).status).toBe(401);
    await registerSessions(service);
    await other.close();
  });
});
