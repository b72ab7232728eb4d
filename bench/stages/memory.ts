import { sendFor } from '../http/load.js';
import { type Measured } from '../http/measurement.js';
import { largestMiB } from '../machine/process-tree.js';
import { seeded } from '../machine/figures.js';
import { login } from '../people/login-requests.js';
import { CONNECTIONS, PEOPLE, type Effort } from './effort.js';

export interface Memory {
  /** MiB that the process holds, after everything that was measured before and this load. */
  readonly residentMiB: number;
  readonly seconds: number;
  readonly logins: number;
}

/** Logins with refresh tokens without a break. */
export async function measureMemory(service: Measured, { loadMs }: Effort): Promise<Memory> {
  const pick = seeded(1);
  const make = () => login('refresh', Math.floor(pick() * PEOPLE));
  const logins = await sendFor(service.url, loadMs, CONNECTIONS, make);
  return { residentMiB: largestMiB(service.pid), seconds: loadMs / 1000, logins };
}
