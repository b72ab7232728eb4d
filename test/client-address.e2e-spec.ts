import { anApplication, anAuthSource, loginRequest } from '../src/testing/factories.js';
import { startService, type RunningService } from './support/service.js';

describe('what an audit event keeps of the client, behind a trusted proxy', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService({ TRUST_PROXY: 'true' });
    await service.register({ applications: [anApplication()], authSources: [anAuthSource()] });
  });

  afterAll(() => service.close());

  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7, 10.0.0.1', '203.0.113.7'],
    ['2001:db8::7', '2001:db8::7'],
    ['unknown', null],
    ['x'.repeat(4000), null],
  ])('X-Forwarded-For: %.40s', async (forwarded, address) => {
    const headers = { 'X-Forwarded-For': forwarded, 'User-Agent': 'u'.repeat(2000) };
    const response = await service.token(loginRequest('unknown'), headers);
    expect(await response.json()).toMatchObject({ error_description: 'WeChat error: 40029' });
    const events = await service.dataSource.query(
      'SELECT address, user_agent FROM audit_events ORDER BY id DESC LIMIT 1',
    );
    expect(events).toEqual([{ address, user_agent: 'u'.repeat(512) }]);
  });
});
