import { LoadedService } from './support/loaded-service.js';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.js';

const redis = process.env.TEST_REDIS_URL;

(redis ? describe : describe.skip)('under load, Redis', () => {
  let line: TcpProxy;
  let loaded: LoadedService;

  beforeAll(async () => {
    const url = new URL(redis!);
    line = await startTcpProxy(url.hostname, Number(url.port || 6379));
    url.host = `127.0.0.1:${line.port}`;
    loaded = await LoadedService.start({ REDIS_URL: url.href, RATE_LIMIT_PER_MINUTE: '1000000' });
  });

  afterAll(async () => {
    await loaded.close();
    await line.close();
  });

  it('that goes away, comes back and falls silent refuses nobody anything', async () => {
    const phases = [
      { name: 'there', requests: 40 },
      { name: 'cut', requests: 60, begin: () => line.cut() },
      { name: 'back', requests: 60, begin: () => line.restore() },
      { name: 'silent', requests: 60, begin: () => line.block() },
      { name: 'speaking', requests: 60, begin: () => line.restore() },
      { name: 'reset', requests: 40, begin: () => line.reset() },
    ];
    await loaded.endures(phases, []);
  });
});
