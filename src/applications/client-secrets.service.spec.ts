import { LRUCache } from 'lru-cache';
import { setImmediate as microtasksDone } from 'node:timers/promises';
import { anApplicationRow } from '../../test/support/rows.js';
import { ClientSecrets } from './client-secrets.service.js';

const RIGHT = 'right secret';
const MINUTE = 60_000;

const anApplication = (clientSecretHash: string | null = `hash of ${RIGHT}`) =>
  anApplicationRow({ clientId: 'web', type: 'web', clientSecretHash });

/** What would be a scrypt: a secret, the hash that it is compared with, and the test's word on how that ends. */
interface Comparison {
  readonly secret: string;
  readonly stored: string;
  finish(): Promise<void>;
  fail(error: Error): Promise<void>;
}

describe('ClientSecrets', () => {
  let now: number;
  let comparisons: Comparison[];
  let secrets: ClientSecrets;

  beforeEach(() => {
    now = 1000;
    comparisons = [];
    const verifySecret = (secret: string, stored: string) =>
      new Promise<boolean>((resolve, reject) => {
        const finish = () => {
          resolve(stored === `hash of ${secret}`);
          return microtasksDone();
        };
        const fail = (error: Error) => {
          reject(error);
          return microtasksDone();
        };
        comparisons.push({ secret, stored, finish, fail });
      });
    secrets = new ClientSecrets(verifySecret, () => now);
  });

  /** Asks, lets whatever comparison that takes finish, and says how many it took. */
  async function verified(secret: string, application = anApplication()) {
    const before = comparisons.length;
    const answer = secrets.verify(application, secret);
    await microtasksDone();
    for (const comparison of comparisons.slice(before)) await comparison.finish();
    return { right: await answer, comparisons: comparisons.length - before };
  }

  /** One of many secrets, and its application. */
  const nth = (n: number) => [`secret ${n}`, anApplication(`hash of secret ${n}`)] as const;

  /** Asks for as many wrong secrets as can be compared or wait. */
  async function occupy(): Promise<Promise<boolean>[]> {
    const answers = Array.from({ length: 102 }, (_, i) => secrets.verify(anApplication(), `wrong ${i}`));
    await microtasksDone();
    return answers;
  }

  it('remembers a right secret until 60 s after its last use', async () => {
    expect(await verified(RIGHT)).toEqual({ right: true, comparisons: 1 });
    for (let uses = 0; uses < 5; uses++) {
      now += MINUTE;
      expect(await verified(RIGHT)).toEqual({ right: true, comparisons: 0 });
    }
    now += MINUTE + 1;
    expect(await verified(RIGHT)).toEqual({ right: true, comparisons: 1 });
  });

  it('never remembers a wrong secret, nor takes it for the right one before it', async () => {
    await verified(RIGHT);
    for (const secret of ['wrong', 'wrong', RIGHT.toUpperCase(), '']) {
      expect(await verified(secret)).toEqual({ right: false, comparisons: 1 });
    }
  });

  it('knows nothing of a secret once another hash is stored', async () => {
    await verified(RIGHT);
    const rotated = anApplication('hash of another secret');
    expect(await verified(RIGHT, rotated)).toEqual({ right: false, comparisons: 1 });
    expect(await verified('another secret', rotated)).toEqual({ right: true, comparisons: 1 });
  });

  it('compares nothing for an application without secret', async () => {
    expect(await verified('', anApplication(null))).toEqual({ right: false, comparisons: 0 });
  });

  it.each([
    ['right', RIGHT, true, 0],
    ['wrong', 'wrong', false, 1],
  ])('compares a %s secret once for all who ask at the same time', async (_, secret, right, again) => {
    const answers = Array.from({ length: 200 }, () => secrets.verify(anApplication(), secret));
    await microtasksDone();
    expect(comparisons).toEqual([expect.objectContaining({ secret, stored: `hash of ${RIGHT}` })]);
    await comparisons[0]!.finish();
    expect(await Promise.all(answers)).toEqual(Array(200).fill(right));
    expect(await verified(secret)).toEqual({ right, comparisons: again });
  });

  it('tells all who wait of a comparison that failed, and compares anew for the next', async () => {
    const answers = [secrets.verify(anApplication(), RIGHT), secrets.verify(anApplication(), RIGHT)];
    const outcomes = Promise.allSettled(answers);
    await microtasksDone();
    const reason = new Error('malformed hash');
    await comparisons[0]!.fail(reason);
    expect(await outcomes).toEqual(Array(2).fill({ status: 'rejected', reason }));
    expect(await verified(RIGHT)).toEqual({ right: true, comparisons: 1 });
  });

  it('compares two at a time, in the order in which they were asked for', async () => {
    const outcomes = Promise.allSettled(
      ['a', 'b', RIGHT, 'c'].map((secret) => secrets.verify(anApplication(), secret)),
    );
    const begun = () => comparisons.map(({ secret }) => secret);
    await microtasksDone();
    expect(begun()).toEqual(['a', 'b']);
    await comparisons[1]!.finish();
    expect(begun()).toEqual(['a', 'b', RIGHT]);
    const reason = new Error('malformed hash');
    await comparisons[0]!.fail(reason);
    expect(begun()).toEqual(['a', 'b', RIGHT, 'c']);
    await comparisons[2]!.finish();
    await comparisons[3]!.finish();
    expect(await outcomes).toEqual([
      { status: 'rejected', reason },
      ...[false, true, false].map((value) => ({ status: 'fulfilled', value })),
    ]);
  });

  it('refuses at once when a hundred wait, until one of them is looked at', async () => {
    const wrong = await occupy();
    const busy = { name: 'ClientSecretsBusy', clientId: 'web' };
    await expect(secrets.verify(anApplication(), RIGHT)).rejects.toMatchObject(busy);
    await comparisons[0]!.finish();
    const answer = secrets.verify(anApplication(), RIGHT);
    await expect(secrets.verify(anApplication(), 'one more')).rejects.toMatchObject(busy);
    for (let i = 1; i < 103; i++) await comparisons[i]!.finish();
    expect(await Promise.all([...wrong, answer])).toEqual([...Array<boolean>(102).fill(false), true]);
    expect(comparisons).toHaveLength(103);
  });

  it('lets a remembered secret, and one that is being compared already, pass those who wait', async () => {
    await verified(RIGHT);
    const [first] = await occupy();
    expect(await verified(RIGHT)).toEqual({ right: true, comparisons: 0 });
    const same = secrets.verify(anApplication(), 'wrong 0');
    await comparisons.find(({ secret }) => secret === 'wrong 0')!.finish();
    expect(await Promise.all([first, same])).toEqual([false, false]);
  });

  it('remembers a thousand, and drops the one that has not been used for longest', async () => {
    for (let i = 0; i < 1000; i++) await verified(...nth(i));
    await verified(...nth(0));
    await verified(...nth(1000));
    expect(await verified(...nth(0))).toEqual({ right: true, comparisons: 0 });
    expect(await verified(...nth(2))).toEqual({ right: true, comparisons: 0 });
    expect(await verified(...nth(1))).toEqual({ right: true, comparisons: 1 });
  });

  it('drops none of them for wrong secrets', async () => {
    for (let i = 0; i < 1000; i++) await verified(...nth(i));
    const answers = await occupy();
    for (let i = 1000; i < 1102; i++) await comparisons[i]!.finish();
    expect(await Promise.all(answers)).toEqual(Array(102).fill(false));
    for (let i = 0; i < 1000; i++) {
      expect(await verified(...nth(i))).toEqual({ right: true, comparisons: 0 });
    }
  });

  it('holds neither secrets nor hashes as keys, nor what anybody could compute of them', async () => {
    const keysOf = (holder: ClientSecrets) =>
      Object.values(holder).flatMap((member: unknown) =>
        member instanceof Map || member instanceof LRUCache ? [...(member.keys() as Iterable<unknown>)] : [],
      );
    await verified(RIGHT);
    void secrets.verify(anApplication(), 'wrong');
    const other = new ClientSecrets(() => Promise.resolve(true));
    await other.verify(anApplication(), RIGHT);
    const keys = [...keysOf(secrets), ...keysOf(other)];
    expect(keys).toEqual(Array(3).fill(expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/)));
    expect(new Set(keys).size).toBe(3);
  });
});
