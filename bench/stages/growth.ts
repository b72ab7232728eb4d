import { sendAll } from '../http/load.js';
import { measure, medians, type Measured, type Measurement } from '../http/measurement.js';
import { median, seeded } from '../machine/figures.js';
import { settle } from '../people/bulk-people.js';
import { login } from '../people/login-requests.js';
import { CONNECTIONS, PEOPLE } from './effort.js';
import { databaseOf, measured, smallDatabase, startService, type Setting } from './parties.js';

export interface WithPeople {
  readonly people: number;
  /** At the usual number of connections. */
  readonly measurement: Measurement;
  /** Milliseconds that half of the logins take at most when there is one at a time. */
  readonly aloneP50: number;
}

export interface Growth {
  readonly few: WithPeople;
  readonly many: WithPeople;
  readonly loadSeconds: number;
}

interface Side {
  readonly people: number;
  readonly service: Measured;
  readonly pick: () => number;
  readonly crowded: Measurement[];
  readonly alone: Measurement[];
}

/** The same login in a small and in a large installation, one round after the other. */
export async function measureGrowth(setting: Setting, progress: (what: string) => void): Promise<Growth> {
  const { effort } = setting;
  progress(`${effort.manyPeople} users are written`);
  const start = performance.now();
  const largeUrl = await databaseOf(effort.manyPeople, setting);
  const loadSeconds = (performance.now() - start) / 1000;
  progress(`which took ${loadSeconds.toFixed(0)} s; now the server writes its pages out`);
  await settle(largeUrl);
  const sides = [
    await startSide(setting, await smallDatabase(setting), PEOPLE),
    await startSide(setting, largeUrl, effort.manyPeople),
  ] as const;
  progress('warm-up');
  for (const side of sides) {
    await sendAll(side.service.url, logins(side, effort.warmUp), CONNECTIONS);
  }
  for (let round = 0; round < effort.sideRounds; round++) {
    progress(`round ${round + 1} of ${effort.sideRounds}`);
    for (const side of sides) {
      const { measurement } = await measure(side.service, logins(side, effort.logins), CONNECTIONS);
      side.crowded.push(measurement);
    }
    for (const side of sides) {
      const { measurement } = await measure(side.service, logins(side, effort.counted), 1);
      side.alone.push(measurement);
    }
  }
  const [few, many] = sides.map(figures) as [WithPeople, WithPeople];
  return { few, many, loadSeconds };
}

async function startSide(setting: Setting, databaseUrl: string, people: number): Promise<Side> {
  const service = measured(await startService(setting, databaseUrl), setting.server.pid);
  return { people, service, pick: seeded(people), crowded: [], alone: [] };
}

function logins({ people, pick }: Side, count: number): Buffer[] {
  return Array.from({ length: count }, () => login('rs256', Math.floor(pick() * people)));
}

function figures({ people, crowded, alone }: Side): WithPeople {
  return { people, measurement: medians(crowded), aloneP50: median(alone.map(({ p50 }) => p50)) };
}
