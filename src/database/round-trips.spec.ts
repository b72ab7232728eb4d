import { setImmediate as turn } from 'node:timers/promises';
import { SharedRoundTrips } from './round-trips.js';

describe('SharedRoundTrips', () => {
  /** The round trips that were made, each until it is answered. */
  let made: { items: readonly string[]; answer: () => void; fail: (error: Error) => void }[];

  const trips = (atOnce = 1) =>
    new SharedRoundTrips<string, string>(
      (items) => {
        return new Promise((resolve, reject) => {
          made.push({
            items,
            answer: () =>
              resolve(items.map((item) => (item === 'bad' ? new Error('bad') : `answer to ${item}`))),
            fail: reject,
          });
        });
      },
      atOnce,
      0,
    );

  beforeEach(() => (made = []));

  it('make one of all that is asked for in one turn of the event loop', async () => {
    const shared = trips();
    const answers = Promise.all(['a', 'b', 'a'].map((item) => shared.ask(item)));
    expect(made).toHaveLength(0);
    await turn();
    expect(made.map(({ items }) => items)).toEqual([['a', 'b', 'a']]);
    made[0]!.answer();
    expect(await answers).toEqual(['answer to a', 'answer to b', 'answer to a']);
  });

  it('take with the next what is asked for while one is under way: nobody is told what was read before', async () => {
    const shared = trips();
    const first = shared.ask('a');
    await turn();
    const later = [shared.ask('a'), shared.ask('b')];
    await turn();
    expect(made).toHaveLength(1);
    made[0]!.answer();
    await first;
    await turn();
    expect(made.map(({ items }) => items)).toEqual([['a'], ['a', 'b']]);
    made[1]!.answer();
    expect(await Promise.all(later)).toEqual(['answer to a', 'answer to b']);
  });

  it('are as many at once as they may be', async () => {
    const shared = trips(2);
    for (const item of ['a', 'b', 'c', 'd']) {
      void shared.ask(item);
      await turn();
    }
    expect(made.map(({ items }) => items)).toEqual([['a'], ['b']]);
    made[1]!.answer();
    await turn();
    await turn();
    expect(made.map(({ items }) => items)).toEqual([['a'], ['b'], ['c', 'd']]);
  });

  it('carry 64 at the most, and the others next', async () => {
    const shared = trips();
    const answers = Array.from({ length: 70 }, (_, index) => shared.ask(`${index}`));
    await turn();
    made[0]!.answer();
    await answers[0];
    await turn();
    made[1]!.answer();
    expect((await Promise.all(answers)).at(-1)).toBe('answer to 69');
    expect(made.map(({ items }) => items.length)).toEqual([64, 6]);
  });

  it('tell an error that is about one item to whoever asked for it alone', async () => {
    const shared = trips();
    const answers = Promise.allSettled(['a', 'bad'].map((item) => shared.ask(item)));
    await turn();
    made[0]!.answer();
    expect(await answers).toEqual([
      { status: 'fulfilled', value: 'answer to a' },
      { status: 'rejected', reason: new Error('bad') },
    ]);
  });

  it('that fail fail for all who are aboard, and for nobody who comes later', async () => {
    const shared = trips();
    const failed = Promise.allSettled(['a', 'b'].map((item) => shared.ask(item)));
    await turn();
    const later = shared.ask('c');
    const error = new Error('no database');
    made[0]!.fail(error);
    expect(await failed).toEqual([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
    ]);
    await turn();
    made[1]!.answer();
    expect(await later).toBe('answer to c');
  });
});
