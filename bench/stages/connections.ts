import { measure, medians, type Measured, type Measurement } from '../http/measurement.js';
import { type Effort } from './effort.js';
import { scenarios } from './scenarios.js';

const CONNECTION_COUNTS = [1, 4, 16, 64] as const;

export interface AtConnections {
  readonly connections: number;
  readonly measurement: Measurement;
}

/** The login of a known user from few connections to many. */
export async function measureConnections(service: Measured, effort: Effort): Promise<AtConnections[]> {
  const rounds = new Map(CONNECTION_COUNTS.map((connections) => [connections, [] as Measurement[]]));
  for (let round = 0; round < effort.sideRounds; round++) {
    for (const [connections, measurements] of rounds) {
      const requests = scenarios.login.requests(effort.logins, { access: [], refresh: [] });
      measurements.push((await measure(service, requests, connections)).measurement);
    }
  }
  return [...rounds].map(([connections, all]) => ({ connections, measurement: medians(all) }));
}
