import { Exposition } from './support/exposition.js';
import { RawConnection, type ServiceProcess } from './support/service-process.js';
import { startSharedService, type SharedService } from './support/shared-service.js';

const LABELS = 'method="GET",route="/oauth2/jwks",status="2xx"';
const JWKS = `ciam_http_request_duration_seconds_count{${LABELS}}`;
const JWKS_EVER = `ciam_http_request_duration_seconds_bucket{${LABELS},le="+Inf"}`;

describe('GET /metrics with WORKERS', () => {
  let shared: SharedService;
  let service: ServiceProcess;

  beforeEach(async () => {
    shared = await startSharedService();
    service = shared.spawn({ WORKERS: '2' });
  });
  afterEach(async () => {
    service.signal('SIGTERM');
    await service.end;
    await shared.close();
  });

  /** Each on a connection of its own: the primary hands them out in turn. */
  async function askForKeys(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      const connection = await RawConnection.to(await service.url());
      connection.send('GET /oauth2/jwks HTTP/1.1\r\nHost: id.test\r\nConnection: close\r\n\r\n');
      await connection.closed;
    }
  }

  const scrape = async () => Exposition.of(await service.url());

  it('has all workers in each scrape, and goes on counting when one dies', async () => {
    const [one, two] = await service.said('Listening on ', 2);
    await askForKeys(6);
    const answered = service.lines.filter(({ path }) => path === '/oauth2/jwks').map(({ pid }) => pid);
    expect(new Set(answered)).toEqual(new Set([one!.pid, two!.pid]));
    // Whichever of them is asked.
    for (let i = 0; i < 4; i++) {
      const exposition = await scrape();
      expect([JWKS, JWKS_EVER, 'ciam_ready'].map((series) => exposition.value(series))).toEqual([6, 6, 1]);
      const build = `ciam_build_info{version="0.1.0",node_version="${process.version}"}`;
      expect(exposition.value(build)).toBe(1);
    }
    process.kill(two!.pid!, 'SIGKILL');
    await service.said('Worker ');
    expect((await scrape()).value(JWKS)).toBe(6);
    await service.said('Listening on ', 3);
    await askForKeys(4);
    expect((await scrape()).value(JWKS)).toBe(10);
  });
});
