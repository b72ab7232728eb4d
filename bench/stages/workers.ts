import { sendAll } from '../http/load.js';
import { measure, medians, type Measured, type Measurement } from '../http/measurement.js';
import { CONNECTIONS } from './effort.js';
import { measured, startService, type Setting } from './parties.js';
import { scenarios } from './scenarios.js';

export interface WithWorkers {
  readonly workers: number;
  readonly measurement: Measurement;
}

const MORE = 2;

/** The login of a known user by one process, which is warm, and by two on the same database. */
export async function measureWorkers(
  setting: Setting,
  databaseUrl: string,
  one: Measured,
): Promise<WithWorkers[]> {
  const { effort, server } = setting;
  const service = await startService(setting, databaseUrl, { workers: MORE });
  const requests = (count: number) => scenarios.login.requests(count, { access: [], refresh: [] });
  const two = measured(service, server.pid);
  await sendAll(two.url, requests(MORE * effort.warmUp), CONNECTIONS);
  const rounds: { one: Measurement; two: Measurement }[] = [];
  for (let round = 0; round < effort.sideRounds; round++) {
    const { measurement: byOne } = await measure(one, requests(effort.logins), CONNECTIONS);
    const { measurement: byTwo } = await measure(two, requests(effort.logins), CONNECTIONS);
    rounds.push({ one: byOne, two: byTwo });
  }
  await service.stop();
  return [
    { workers: 1, measurement: medians(rounds.map((round) => round.one)) },
    { workers: MORE, measurement: medians(rounds.map((round) => round.two)) },
  ];
}
