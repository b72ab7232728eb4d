import { APP_ID, anApplication, anAuthSource, loginRequest } from '../src/testing/factories.js';
import { RawConnection, type ServiceProcess } from './support/service-process.js';
import { startSharedService, type SharedService } from './support/shared-service.js';
import { until } from './support/until.js';

const PEOPLE = Array.from({ length: 20 }, (_, index) => `person-${index}`);

describe('X-Request-Id', () => {
  let shared: SharedService;
  let service: ServiceProcess;

  beforeAll(async () => {
    shared = await startSharedService({ WECHAT_TIMEOUT_MS: '60000' });
    PEOPLE.forEach((id) => shared.service.simulator.wechat.addUser({ id }));
    await shared.service.register({ applications: [anApplication()], authSources: [anAuthSource()] });
    service = shared.spawn();
    await service.url();
  });
  afterAll(async () => {
    service.signal('SIGTERM');
    await service.end;
    await shared.close();
  });

  /** What a line is about: an event of the audit, or what logged it. */
  const linesOf = (id: string) =>
    service.lines.filter((line) => line.request_id === id).map(({ type, context }) => type ?? context);

  it('is in every line of its request, however many are handled at once', async () => {
    const logins = PEOPLE.map(async (person) => {
      const response = await fetch(new URL('/oauth2/token', await service.url()), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Request-Id': person, Connection: 'close' },
        body: JSON.stringify(loginRequest(shared.service.simulator.wechat.login(APP_ID, person))),
      });
      await response.arrayBuffer();
      return [response.status, response.headers.get('x-request-id')];
    });
    expect(await Promise.all(logins)).toEqual(PEOPLE.map((person) => [200, person]));
    await until(() => Promise.resolve(PEOPLE.every((person) => linesOf(person).includes('Request'))));
    for (const person of PEOPLE) {
      const [user, ...others] = new Set(
        service.lines.flatMap(({ request_id, user_id }) =>
          request_id === person && user_id ? [user_id] : [],
        ),
      );
      expect([user, others]).toEqual([expect.any(String), []]);
      expect(linesOf(person)).toEqual(['user_created', 'login_succeeded', 'Request']);
    }
    const unnamed = service.lines.filter(({ request_id }) => request_id === undefined);
    // What the provisioning file has done is no request.
    const events = unnamed.filter(({ type }) => type !== 'admin_changed');
    expect(events.filter(({ context }) => context === 'Audit' || context === 'Request')).toEqual([]);
  });

  it('is in the line of a request that was given up', async () => {
    const connection = await RawConnection.to(await service.url());
    const head = [
      'POST /oauth2/token HTTP/1.1',
      'Host: id.test',
      'X-Request-Id: given-up',
      'Content-Length: 9',
    ];
    connection.send([...head, 'Content-Type: application/json', 'Expect: 100-continue', '', ''].join('\r\n'));
    await connection.until('100 Continue');
    connection.abandon();
    const own = () =>
      service.lines.filter((line) => line.request_id === 'given-up' && line.context === 'Request');
    await until(() => Promise.resolve(own().length > 0));
    expect(own()).toMatchObject([{ path: '/oauth2/token', aborted: true }]);
  });
});
