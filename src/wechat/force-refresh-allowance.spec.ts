import { ForceRefreshAllowance } from './force-refresh-allowance.js';

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;

describe('forced renewal of an app access token', () => {
  let now: number;
  let allowance: ForceRefreshAllowance;

  beforeEach(() => {
    now = 1_790_000_000_000;
    allowance = new ForceRefreshAllowance(() => now);
  });

  it('waits 30 s after the one before', () => {
    expect(allowance.take('wx1')).toBe(true);
    now += 30 * SECOND - 1;
    expect(allowance.take('wx1')).toBe(false);
    now += 1;
    expect(allowance.take('wx1')).toBe(true);
  });

  it('happens at most 20 times in any 24 hours', () => {
    const first = now;
    const taken = Array.from({ length: 21 }, () => {
      now += 60 * SECOND;
      return allowance.take('wx1');
    });

    expect(taken).toEqual([...Array<boolean>(20).fill(true), false]);
    now = first + 60 * SECOND + DAY - 1;
    expect(allowance.take('wx1')).toBe(false);
    now += 1;
    expect(allowance.take('wx1')).toBe(true);
  });

  it('is counted for each mini program alone', () => {
    expect([allowance.take('wx1'), allowance.take('wx2'), allowance.take('wx1')]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
