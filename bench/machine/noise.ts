import { createHash } from 'node:crypto';
import { spread } from './figures.js';

/** How long a fixed piece of work took, in milliseconds. */
export interface Calibration {
  readonly wall: number;
  readonly cpu: number;
}

const BLOCK = Buffer.alloc(1024 * 1024, 'x');
const BLOCKS = 150;
const MOST = 0.1;

/** Always the same work, of this process alone, while nothing else of ours has any. */
export function calibrate(): Calibration {
  const before = process.cpuUsage();
  const start = performance.now();
  for (let block = 0; block < BLOCKS; block++) createHash('sha256').update(BLOCK).digest();
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { wall, cpu: (user + system) / 1000 };
}

export interface Noise {
  readonly tooNoisy: boolean;
  /** Between the fastest and the slowest calibration, as a share of the median. */
  readonly wallSpread: number;
  readonly cpuSpread: number;
  /** The most that one calibration waited for a core, as a share of its CPU time. */
  readonly waited: number;
}

/** Whether the machine did the same work in the same time throughout. */
export function noiseOf(calibrations: readonly Calibration[]): Noise {
  const wallSpread = spread(calibrations.map(({ wall }) => wall));
  const cpuSpread = spread(calibrations.map(({ cpu }) => cpu));
  const waited = Math.max(...calibrations.map(({ wall, cpu }) => wall / cpu - 1));
  return { tooNoisy: Math.max(wallSpread, cpuSpread, waited) > MOST, wallSpread, cpuSpread, waited };
}

export function noiseSentence({ tooNoisy, wallSpread, cpuSpread, waited }: Noise): string {
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  const figures =
    `the same work took up to ${percent(wallSpread)} longer in one round than in another ` +
    `(${percent(cpuSpread)} in CPU time), and waited up to ${percent(waited)} of it for a core`;
  return tooNoisy ? `**The machine was too noisy**: ${figures}.` : `The machine was quiet: ${figures}.`;
}
