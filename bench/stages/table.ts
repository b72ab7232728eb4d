import { measure, medians, type Measurement } from '../http/measurement.js';
import { sendAll } from '../http/load.js';
import { median } from '../machine/figures.js';
import { measureFloor, type Floor } from '../machine/floor.js';
import { calibrate, type Calibration } from '../machine/noise.js';
import { CONNECTIONS, PEOPLE, type Effort } from './effort.js';
import { type Parties } from './parties.js';
import { leave, scenarioEntries, type Scenario, type ScenarioKey, type Tokens } from './scenarios.js';

/** A scenario's medians over the rounds. */
export interface Row extends Measurement {
  /** CPU time by that of the floor in the same round. */
  readonly toFloor: number;
  /** Requests per second by those of the peer in the same round; of what the peer does, too. */
  readonly toPeer: number;
}

export interface Table {
  readonly rows: Readonly<Record<ScenarioKey, Row>>;
  readonly floor: Floor;
  readonly floors: readonly Floor[];
  readonly calibrations: readonly Calibration[];
}

interface Round {
  readonly floor: Floor;
  readonly measurements: Readonly<Record<ScenarioKey, Measurement>>;
}

/** Everything once in each round, so that what the machine does meanwhile meets all of it. */
export async function measureTable(
  parties: Parties,
  effort: Effort,
  progress: (what: string) => void,
): Promise<Table> {
  progress('warm-up');
  await warmUp(parties);
  const calibrations = [calibrate()];
  const rounds: Round[] = [];
  for (let round = 0; round < effort.rounds; round++) {
    progress(`round ${round + 1} of ${effort.rounds}`);
    rounds.push(await measureRound(parties, effort));
    calibrations.push(calibrate());
  }
  const floors = rounds.map(({ floor }) => floor);
  const floor = {
    rs256: median(floors.map(({ rs256 }) => rs256)),
    es256: median(floors.map(({ es256 }) => es256)),
  };
  const entries = scenarioEntries.map(([key]) => [key, rowOf(key, rounds)]);
  return { rows: Object.fromEntries(entries) as Table['rows'], floor, floors, calibrations };
}

/** The compiler has to have seen everything often, and everybody has to have shown their profile once. */
async function warmUp(parties: Parties): Promise<void> {
  const tokens: Tokens = { access: [], refresh: [] };
  measureFloor();
  for (const [, scenario] of scenarioEntries) {
    const requests = scenario.requests(PEOPLE, tokens);
    const { bodies } = await sendAll(parties[scenario.by].url, requests, CONNECTIONS);
    leave(scenario, bodies, tokens);
  }
}

async function measureRound(parties: Parties, effort: Effort): Promise<Round> {
  const tokens: Tokens = { access: [], refresh: [] };
  const measurements: Partial<Record<ScenarioKey, Measurement>> = {};
  const floor = measureFloor();
  for (const [key, scenario] of scenarioEntries) {
    const requests = scenario.requests(countOf(scenario, effort), tokens);
    const { measurement, bodies } = await measure(parties[scenario.by], requests, CONNECTIONS);
    leave(scenario, bodies, tokens);
    measurements[key] = measurement;
  }
  return { floor, measurements: measurements as Round['measurements'] };
}

function countOf({ by, signs }: Scenario, { logins, sqliteLogins, reads }: Effort): number {
  if (by === 'sqlite') return sqliteLogins;
  return signs ? logins : reads;
}

function rowOf(key: ScenarioKey, rounds: readonly Round[]): Row {
  const floorOf = ({ floor }: Round) => (key === 'loginEs256' ? floor.es256 : floor.rs256);
  return {
    ...medians(rounds.map(({ measurements }) => measurements[key])),
    toFloor: median(rounds.map((round) => round.measurements[key].cpu / floorOf(round))),
    toPeer: median(
      rounds.map(
        ({ measurements }) => measurements[key].requestsPerSecond / measurements.peer.requestsPerSecond,
      ),
    ),
  };
}
