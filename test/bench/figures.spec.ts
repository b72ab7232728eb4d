import { median, percentile, seeded, spread } from '../../bench/machine/figures.js';
import { noiseOf, noiseSentence } from '../../bench/machine/noise.js';
import { escapeXml } from '../../bench/report/chart.js';

describe('figures of the benchmark', () => {
  it('have the middle one for their median', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it('have one of their own for a percentile', () => {
    const sorted = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([0.5, 0.99, 1].map((share) => percentile(sorted, share))).toEqual([50, 99, 100]);
    expect(percentile([7], 0.99)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });

  it('are spread by a share of their median', () => {
    expect(spread([90, 100, 110])).toBeCloseTo(0.2);
  });

  it('look random, and are the same in every run', () => {
    const [one, other] = [seeded(1), seeded(1)];
    const drawn = Array.from({ length: 1000 }, one);
    expect(Array.from({ length: 1000 }, other)).toEqual(drawn);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    expect(median(drawn)).toBeCloseTo(0.5, 1);
  });
});

describe('noise', () => {
  it('is too much when the same work takes more than a tenth longer', () => {
    const quiet = noiseOf([
      { wall: 100, cpu: 99 },
      { wall: 105, cpu: 100 },
    ]);
    expect(quiet.tooNoisy).toBe(false);
    expect(noiseSentence(quiet)).toMatch(/^The machine was quiet/);
    const noisy = noiseOf([
      { wall: 100, cpu: 99 },
      { wall: 120, cpu: 119 },
    ]);
    expect(noiseSentence(noisy)).toMatch(/^\*\*The machine was too noisy\*\*: .* 18 %/);
  });

  it('is too much when the work waits for a core', () => {
    expect(noiseOf([{ wall: 120, cpu: 100 }]).tooNoisy).toBe(true);
  });
});

describe('the chart', () => {
  it('says what it is told to, whatever that looks like', () => {
    expect(escapeXml('<a & "b">')).toBe('&lt;a &amp; &quot;b&quot;&gt;');
  });
});
