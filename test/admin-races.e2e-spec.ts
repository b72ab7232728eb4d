import { Injectable, Module } from '@nestjs/common';
import { IsString } from 'class-validator';
import { UnitOfWork } from '../src/database/unit-of-work.js';
import { GrantType, type ExternalSignIn, type GrantStrategy } from '../src/oauth/grants/grant-strategy.js';
import { User } from '../src/users/user.entity.js';
import { UsersService } from '../src/users/users.service.js';
import { ADMIN_TOKEN, AdminClient, NOT_FOUND, NO_CONTENT, invalid } from './support/admin.js';
import { AUTH_SOURCE_ID, CLIENT_ID, anApplication, anAuthSource } from '../src/testing/factories.js';
import { seen, startService, type RunningService } from './support/service.js';
import { introspected, registerSessions, withSessions } from './support/sessions.js';
import { isMysql } from './support/test-database.js';

const SLOW_GRANT = 'https://example.com/grant-type/slow';

class SlowParameters {
  @IsString()
  auth_source_id: string;
}

/** What a source takes its time for; a test says for how long. */
let profile: () => Promise<Record<string, string>>;

/** A login at a source that answers when a test lets it. */
@GrantType({
  grantType: SLOW_GRANT,
  parameters: SlowParameters,
  applicationTypes: ['mini_program'],
  authSourceTypes: ['wechat_mini_program'],
})
@Injectable()
class SlowGrantStrategy implements GrantStrategy<SlowParameters> {
  handle(): Promise<ExternalSignIn> {
    const identities = [{ type: 'wechat_openid', issuer: 'slow', subject: 'somebody' } as const];
    return Promise.resolve({ kind: 'external', identities, profile });
  }
}

@Module({ providers: [SlowGrantStrategy] })
class SlowGrantModule {}

let service: RunningService;
let admin: AdminClient;

beforeAll(async () => {
  service = await startService({ ADMIN_TOKEN, DATABASE_POOL_SIZE: '5' }, [SlowGrantModule]);
  admin = new AdminClient(service.url);
  service.simulator.wechat.addUser({ id: 'band' });
});

beforeEach(async () => {
  await registerSessions(service);
  await service.register({
    applications: [
      anApplication({ ...withSessions, grant_types: [...withSessions.grant_types, SLOW_GRANT] }),
    ],
    authSources: [anAuthSource()],
  });
});

afterAll(() => service.close());

const sessions = async () => (await service.dataSource.query<object[]>('SELECT id FROM sessions')).length;

/** Does `work` while a login waits for its source. @returns how the login ends */
async function duringLogin(work: () => Promise<void>) {
  let isAsked = () => undefined as void;
  const asked = new Promise<void>((resolve) => (isAsked = resolve));
  let answer = () => undefined as void;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  profile = async () => {
    isAsked();
    await answered;
    return { nickName: 'Somebody' };
  };
  const body = { grant_type: SLOW_GRANT, client_id: CLIENT_ID, auth_source_id: AUTH_SOURCE_ID };
  const login = service.token(body);
  await asked;
  await work();
  answer();
  return seen(await login);
}

describe('a login that waits for its source', () => {
  it('does not begin a session at an application that is disabled meanwhile', async () => {
    const before = await sessions();
    const answer = await duringLogin(async () => {
      await admin.done('PATCH', `/applications/${CLIENT_ID}`, { enabled: false });
    });
    expect(answer).toEqual({
      status: 401,
      body: { error: 'invalid_client', error_description: 'Client authentication failed' },
    });
    expect(await sessions()).toBe(before);
  });

  it('does not begin one at an auth source that is deleted meanwhile', async () => {
    const before = await sessions();
    const answer = await duringLogin(async () => {
      await admin.done('PATCH', `/auth-sources/${AUTH_SOURCE_ID}`, { enabled: false });
      expect(await admin.call('DELETE', `/auth-sources/${AUTH_SOURCE_ID}`)).toEqual(NO_CONTENT);
    });
    expect(answer).toEqual({
      status: 400,
      body: { error: 'invalid_auth_source', error_description: 'Auth source not found or disabled' },
    });
    expect(await sessions()).toBe(before);
  });
});

describe('an application that is created in the place of a deleted one', () => {
  it('has none of its sessions, not even those that another process began too late', async () => {
    const { refresh_token } = await service.loginAs('band');
    // As if it had been begun after the deletion: the row is there, and not ended.
    await service.unregister({ applications: [CLIENT_ID] });
    await admin.done('POST', '/applications', anApplication(withSessions));
    const body = { grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token };
    expect(await seen(await service.token(body))).toEqual({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Invalid refresh token' },
    });
  });
});

describe('an id', () => {
  it('with a space at its end is nobody’s, and nothing of anybody is touched', async () => {
    const { access_token } = await service.loginAs('band');
    const { sub } = (await introspected(service, access_token)) as { sub: string };
    for (const path of [
      `/users/${sub}%20`,
      `/applications/${CLIENT_ID}%20`,
      `/auth-sources/${AUTH_SOURCE_ID}%20`,
    ]) {
      expect(await admin.call('DELETE', path)).toEqual(NOT_FOUND);
    }
    expect(await admin.call('DELETE', `/users/${sub}%20/sessions`)).toEqual(NOT_FOUND);
    expect(await admin.call('PATCH', `/applications/${CLIENT_ID}%20`, { enabled: false })).toEqual(NOT_FOUND);
    expect(await introspected(service, access_token)).toMatchObject({ active: true, sub });
  });

  it('that is no UTF-8 is nobody’s', async () => {
    expect(await admin.call('GET', '/users/%ff')).toEqual(NOT_FOUND);
    expect(await new AdminClient(service.url, null).call('GET', '/applications/%zz')).toEqual(NOT_FOUND);
  });
});

describe('the attributes of an operator’s own', () => {
  it('are fifty at most, and no more than can be stored', async () => {
    const { access_token } = await service.loginAs('band');
    const { sub } = (await introspected(service, access_token)) as { sub: string };
    const custom = (from: number, to: number, text: string) =>
      Object.fromEntries(Array.from({ length: to - from }, (_, index) => [`name${from + index}`, text]));
    const path = `/users/${sub}`;
    await admin.done('PATCH', path, { custom: custom(0, 50, 'a') });
    expect(await admin.call('PATCH', path, { custom: { one: 'more' } })).toEqual(
      invalid({ custom: 'must not have more than 50 names in all' }),
    );
    await admin.done('PATCH', path, { custom: custom(0, 20, '微'.repeat(500)) });
    expect(await admin.call('PATCH', path, { custom: custom(20, 40, '微'.repeat(520)) })).toEqual(
      invalid({ custom: 'must not hold more than 60000 bytes in all' }),
    );
    expect(await admin.call('PATCH', path, { custom: custom(0, 101, 'a') })).toMatchObject({ status: 400 });
  });
});

(isMysql ? describe : describe.skip)('a row that somebody else is changing', () => {
  it('is read as it was, without waiting', async () => {
    await service.app.get(UnitOfWork).run(async (manager) => {
      await manager.query(`UPDATE applications SET name = 'not yet' WHERE client_id = '${CLIENT_ID}'`);
      expect((await admin.done('GET', `/applications/${CLIENT_ID}`)).body.name).toBe('Sample mini program');
      const { items } = (await admin.done<{ items: { name: string }[] }>('GET', '/applications')).body;
      expect(items.map(({ name }) => name)).not.toContain('not yet');
    });
  });

  it('and is gone then, is found to be: the login makes a new user', async () => {
    const users = service.app.get(UsersService);
    const identities = [{ type: 'wechat_openid', issuer: 'gone', subject: 'gone' } as const];
    const nicknamed = (value: string) => [{ attribute: 'nickname', value, update: 'always' } as const];
    const unitOfWork = service.app.get(UnitOfWork);
    const { user: first } = await unitOfWork.run((manager) =>
      users.findOrCreate(manager, identities, nicknamed('First')),
    );
    let attempts = 0;
    const { user, created } = await unitOfWork.run(async (manager) => {
      const findOne = manager.findOne.bind(manager);
      // Between the reading of its identities and that of the user itself.
      manager.findOne = (async (...args: Parameters<typeof findOne>) => {
        if (attempts++ === 0) await service.dataSource.manager.delete(User, { id: first.id });
        return findOne(...args);
      }) as typeof findOne;
      return users.findOrCreate(manager, identities, nicknamed('Second'));
    });
    expect({ created, nickname: user.nickname, isNew: user.id !== first.id }).toEqual({
      created: true,
      nickname: 'Second',
      isNew: true,
    });
  });
});

(isMysql ? describe.skip : describe)('an SQLite file', () => {
  it('keeps nothing of what is deleted', async () => {
    expect(await service.dataSource.query('PRAGMA secure_delete')).toEqual([{ secure_delete: 1 }]);
  });
});
