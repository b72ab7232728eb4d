import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Job } from './job.js';

describe('a job', () => {
  let said: string[];

  beforeEach(() => {
    said = [];
    const say = (level: string) => (message: unknown) =>
      void said.push(`${level} ${message instanceof Error ? message.message : String(message)}`);
    jest.spyOn(Logger.prototype, 'warn').mockImplementation(say('warn'));
    jest.spyOn(Logger.prototype, 'log').mockImplementation(say('log'));
  });

  afterEach(() => jest.restoreAllMocks());

  it('never overtakes itself', async () => {
    let begun = 0;
    let finish!: () => void;
    const job = new Job('Counting', () => {
      begun++;
      return new Promise<void>((resolve) => (finish = resolve));
    });
    const runs = [job.run(), job.run()];
    expect(begun).toBe(1);
    finish();
    await Promise.all(runs);
    void job.run();
    expect(begun).toBe(2);
    finish();
    await job.settled();
  });

  it('is waited for by whoever wants it settled, running or not', async () => {
    let done = false;
    const job = new Job('Counting', async () => {
      await new Promise(setImmediate);
      done = true;
    });
    await job.settled();
    expect(done).toBe(false);
    void job.run();
    await job.settled();
    expect(done).toBe(true);
  });

  it('tells of a failure when it begins and when it is over, and goes on', async () => {
    const outcomes = ['works', 'fails', 'fails', 'works', 'works', 'fails'];
    const job = new Job('Counting', () =>
      outcomes.shift() === 'fails' ? Promise.reject(new Error('no database')) : Promise.resolve(),
    );
    while (outcomes.length > 0) await job.run();
    expect(said).toEqual([
      'warn Counting: failed, will be tried again',
      'log Counting: works again',
      'warn Counting: failed, will be tried again',
    ]);
  });
});
