import { anApplication, anAuthSource } from './support/factories.js';
import { startService, type RunningService } from './support/service.js';

describe('a first login', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService();
    await service.register({ applications: [anApplication()], authSources: [anAuthSource()] });
    service.simulator.wechat.addUser({ id: 'band' });
  });

  afterAll(() => service.close());

  it('works', async () => {
    const response = await service.login('band');
    expect([response.status, await response.json()]).toEqual([200, {}]);
  });
});
