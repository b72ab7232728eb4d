import { type DataSource } from 'typeorm';
import { Schema } from '../database/schema.js';
import { Readiness } from './readiness.js';

describe('a service that has started before the migrations were run', () => {
  it('is not ready before it has read what it needs', async () => {
    const rows = [{ name: 'Any1' }];
    let applied: object[] = [];
    const query = { select: () => query, from: () => query, getRawMany: () => Promise.resolve(applied) };
    const dataSource = {
      migrations: [{ name: 'Any1' }],
      options: {},
      query: () => Promise.resolve([]),
      createQueryBuilder: () => query,
    } as unknown as DataSource;
    const schema = new Schema(dataSource);
    const readiness = new Readiness(dataSource, schema);
    let read = () => undefined as void;
    const begun = new Promise<void>((begin) => {
      void schema.whenApplied(() => {
        begin();
        return new Promise((resolve) => (read = resolve));
      });
    });
    expect(await readiness.hindrance()).toBe('migrations');
    applied = rows;
    await begun;
    expect(await readiness.hindrance()).toBe('migrations');
    read();
    await new Promise(setImmediate);
    expect(await readiness.hindrance()).toBeUndefined();
    schema.onModuleDestroy();
  });
});

describe('a database that hangs', () => {
  it('is not waited for without end, and asked once however many ask', async () => {
    let asked = 0;
    const hanging = {
      query: () => {
        asked += 1;
        return new Promise(() => undefined);
      },
    } as unknown as DataSource;
    const readiness = new Readiness(hanging, new Schema(hanging));
    expect(await Promise.all([readiness.hindrance(), readiness.hindrance()])).toEqual([
      'database',
      'database',
    ]);
    expect(asked).toBe(1);
    expect(await readiness.hindrance()).toBe('database');
    expect(asked).toBe(2);
  });
});
