import { MemoryCounter } from './memory-counter.js';

describe('MemoryCounter', () => {
  let now: number;
  let counter: MemoryCounter;
  beforeEach(() => {
    now = 1000;
    counter = new MemoryCounter(() => now);
  });

  it('counts for a minute from the first request, then anew', async () => {
    expect(await counter.count('a')).toEqual({ hits: 1, leftMs: 60_000 });
    now += 20_500;
    expect(await counter.count('a')).toEqual({ hits: 2, leftMs: 39_500 });
    now += 39_499;
    expect(await counter.count('a')).toEqual({ hits: 3, leftMs: 1 });
    now += 1;
    expect(await counter.count('a')).toEqual({ hits: 1, leftMs: 60_000 });
  });

  it('counts clients apart', async () => {
    await counter.count('a');
    expect(await counter.count('b')).toEqual({ hits: 1, leftMs: 60_000 });
    expect(await counter.count('a')).toEqual({ hits: 2, leftMs: 60_000 });
  });

  it('forgets clients whose minute is over', async () => {
    for (let i = 0; i < 1000; i++) await counter.count(`early ${i}`);
    now += 30_000;
    await counter.count('late');
    expect(counter.size).toBe(1001);
    now += 30_000;
    await counter.count('later');
    expect(counter.size).toBe(2);
  });

  it('remembers a hundred thousand clients at most, and drops the oldest', async () => {
    for (let i = 0; i <= 100_000; i++) await counter.count(`client ${i}`);
    expect(counter.size).toBe(100_000);
    expect(await counter.count('client 100000')).toMatchObject({ hits: 2 });
    expect(await counter.count('client 0')).toMatchObject({ hits: 1 });
  });
});
