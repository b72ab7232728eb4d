import { median, percentile } from '../machine/figures.js';
import { cpuMs } from '../machine/process-tree.js';
import { sendAll } from './load.js';

/** What requests of one kind cost. */
export interface Measurement {
  readonly requestsPerSecond: number;
  /** Milliseconds that half of the requests took at most. */
  readonly p50: number;
  readonly p99: number;
  /** CPU milliseconds of the server, and of all that it has started, for each request. */
  readonly cpu: number;
  /** CPU milliseconds of the database server for each request. */
  readonly databaseCpu: number;
}

export interface Measured {
  readonly url: string;
  readonly pid: number | undefined;
  /** Of the database server, if it is one of ours. */
  readonly databasePid: number | undefined;
}

export async function measure(
  { url, pid, databasePid }: Measured,
  requests: readonly Buffer[],
  connections: number,
): Promise<{ measurement: Measurement; bodies: readonly Buffer[] }> {
  const before = [cpuMs(pid), cpuMs(databasePid)] as const;
  const { elapsedMs, latencies, bodies } = await sendAll(url, requests, connections);
  const measurement = {
    requestsPerSecond: (requests.length / elapsedMs) * 1000,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    cpu: (cpuMs(pid) - before[0]) / requests.length,
    databaseCpu: (cpuMs(databasePid) - before[1]) / requests.length,
  };
  return { measurement, bodies };
}

/** Each figure's median over the rounds. */
export function medians(rounds: readonly Measurement[]): Measurement {
  const of = (figure: keyof Measurement) => median(rounds.map((round) => round[figure]));
  return {
    requestsPerSecond: of('requestsPerSecond'),
    p50: of('p50'),
    p99: of('p99'),
    cpu: of('cpu'),
    databaseCpu: of('databaseCpu'),
  };
}
