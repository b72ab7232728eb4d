import { type DataSource } from 'typeorm';
import { Schema } from '../database/schema.js';
import { Readiness } from './readiness.js';

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
