import { readFileSync } from 'node:fs';

/** Of proc(5), on every Linux that Node runs on. */
const TICK_MS = 10;

/**
 * CPU time that a process and those that it has started have used, all their threads, in milliseconds; `NaN` where
 * there is no `/proc`.
 */
export function cpuMs(pid: number | undefined): number {
  return sum(pid, (id) => {
    // The name in parentheses may hold anything. After it: state is field 3, utime and stime are 14 and 15.
    const fields = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  });
}

/** Memory that the process holds, in MiB; `NaN` where there is no `/proc`. */
export function residentMiB(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) / 1024;
  } catch {
    return NaN;
  }
}

/** Memory of the largest of the process and those that it has started: a primary is none of the workers. */
export function largestMiB(pid: number | undefined): number {
  try {
    return Math.max(...tree(pid!).map(residentMiB));
  } catch {
    return NaN;
  }
}

function sum(pid: number | undefined, figure: (id: number) => number): number {
  try {
    return tree(pid!).reduce((total, id) => total + figure(id), 0);
  } catch {
    return NaN;
  }
}

function tree(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return [pid, ...children.flatMap((child) => tree(Number(child)))];
}
