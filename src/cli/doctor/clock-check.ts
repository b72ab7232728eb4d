import { type DataSource } from 'typeorm';
import { type WechatConfig } from '../../config/wechat.config.js';
import { serverTime } from './date-header.client.js';
import { findings, type Finding } from './finding.js';

/** More than this, and what one instance has written is in the past or the future of another. */
const LARGEST_DIFFERENCE_MS = 5000;

/** Compares this machine's clock with the database server's and with WeChat's. */
export async function* checkClocks(
  { apiBaseUrl, timeoutMs }: WechatConfig,
  dataSource: DataSource | undefined,
): AsyncGenerator<Finding> {
  // SQLite has no other clock than ours.
  if (dataSource?.options.type === 'mysql') {
    yield await compared('database server', 1, async () => {
      const sql = 'SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) AS now';
      const [{ now }] = await dataSource.query<[{ now: number | string }]>(sql);
      return Number(now);
    });
  }
  yield await compared('WeChat', 1000, () => serverTime(apiBaseUrl, timeoutMs));
}

/**
 * @param resolution of the other clock, in milliseconds
 * @param read the other clock's time
 */
async function compared(
  whose: string,
  resolution: number,
  read: () => Promise<number | undefined>,
): Promise<Finding> {
  const { ok, problem, skipped } = findings('clock', whose);
  const before = Date.now();
  let theirs: number | undefined;
  try {
    theirs = await read();
  } catch {
    return skipped('That clock cannot be asked');
  }
  if (theirs === undefined) return skipped('That clock cannot be asked');
  const difference = differenceOf(
    { from: before, to: Date.now() },
    { from: theirs, to: theirs + resolution },
  );
  if (Math.abs(difference) <= LARGEST_DIFFERENCE_MS) return ok('Shows the same time as ours');
  const direction = difference > 0 ? 'ahead' : 'behind';
  const seconds = Math.round(Math.abs(difference) / 1000);
  return problem(`Our clock is ${seconds} s ${direction}: keep the clocks of all machines right (NTP)`);
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** How far our clock is ahead at least, or behind as a negative number, if both were read within these spans. */
function differenceOf(ours: Span, theirs: Span): number {
  if (ours.from > theirs.to) return ours.from - theirs.to;
  return ours.to < theirs.from ? ours.to - theirs.from : 0;
}
