import { anApplication } from '../src/testing/factories.js';
import { decode } from './support/jwt.js';
import { Page, codeIn } from './support/markdown.js';
import { startService, type RunningService } from './support/service.js';
import { registerSessions, withSessions } from './support/sessions.js';

describe('the table of tokens in README.md', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService();
    service.simulator.wechat.addUser({ id: 'band' });
    await registerSessions(service);
  });

  afterAll(() => service.close());

  const rows = Page.read('README.md').table('token');
  const row = (token: string) => rows.find(([name]) => name!.replaceAll('`', '') === token)!;

  it.each([
    ['access token, profile ciam', 'ciam', 'access_token'],
    ['access token, profile rfc9068', 'rfc9068', 'access_token'],
    ['ID token', 'ciam', 'id_token'],
    ['ID token', 'rfc9068', 'id_token'],
  ] as const)(
    '%s, of an application with the profile %s: typ, claims in their order, lifetime',
    async (...[name, token_profile, kind]) => {
      await service.register({ applications: [anApplication({ ...withSessions, token_profile })] });
      const { header, payload } = decode((await service.loginAs('band'))[kind]);
      const [, typ, claims, lifetime] = row(name);
      expect([[header.typ], Object.keys(payload)]).toEqual([codeIn(typ!), codeIn(claims!)]);
      expect(lifetime).toContain(`${Number(payload.exp) - Number(payload.iat)} s`);
    },
  );
});
