import { jest } from '@jest/globals';
import { EntityManager } from 'typeorm';
import { Application } from '../src/applications/application.entity.js';
import { AuthSource } from '../src/auth-sources/auth-source.entity.js';
import { aConflict, aResource, startAdministrated, without, type AdminAnswer } from './support/admin.js';
import { isMysql } from './support/test-database.js';

/** Calls `before` once, when the entity is about to be written for the first time. */
function beforeWriting(entity: new () => object, before: () => Promise<void>): void {
  let isFirst = true;
  for (const method of ['save', 'insert'] as const) {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with the right object below
    const original = EntityManager.prototype[method] as (...args: unknown[]) => Promise<unknown>;
    const intercepted = async function (this: EntityManager, ...args: unknown[]): Promise<unknown> {
      if (isFirst && args[0] === entity) {
        isFirst = false;
        await before();
      }
      return original.apply(this, args);
    };
    jest.spyOn(EntityManager.prototype, method).mockImplementation(intercepted as never);
  }
}

// An embedded database does one after the other.
(isMysql ? describe : describe.skip)('a POST that another one of the same id overtakes', () => {
  it.each([
    [
      'application',
      Application,
      '/applications',
      { client_id: 'new', type: 'm2m', name: 'First' },
      { client_id: 'new', type: 'm2m', name: 'Second' },
    ],
    [
      'auth source',
      AuthSource,
      '/auth-sources',
      { id: 'new', type: 'wechat_website', app_id: 'wx1', name: 'First' },
      { id: 'new', type: 'wechat_website', app_id: 'wx1', name: 'Second' },
    ],
  ])('changes nothing of the %s that is there', async (_, entity, path, first, second) => {
    const { service, admin } = await startAdministrated();
    let won: AdminAnswer | undefined;
    beforeWriting(entity, async () => {
      won = await admin.call('POST', path, second);
    });
    expect(await admin.call('POST', path, first)).toEqual(aConflict('Already exists'));
    jest.restoreAllMocks();
    expect(won).toMatchObject({ status: 201, body: { name: 'Second' } });
    expect(await admin.call('GET', `${path}/new`)).toEqual(
      aResource(without(won!.body as object, 'client_secret'), { etag: won!.headers.etag }),
    );
    await service.close();
  });
});
