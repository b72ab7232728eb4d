import { sendAll } from '../http/load.js';
import { countingProxy } from '../sql/counting-proxy.js';
import { startService, type Setting } from './parties.js';
import {
  leave,
  scenarioEntries,
  scenarios,
  type Scenario,
  type ScenarioKey,
  type Tokens,
} from './scenarios.js';

/** What the service asks of the database for each request. */
export interface Commands {
  readonly statements: number;
  readonly roundTrips: number;
}

export interface CountedCommands {
  /** One request after the other. */
  readonly alone: Commands;
  /** 16 at a time. */
  readonly together: Commands;
}

export type CommandsByScenario = Readonly<Partial<Record<ScenarioKey, CountedCommands>>>;

const TOGETHER = 16;

/** In a pass of its own: what counts must not slow down what is timed. */
export async function countCommands(setting: Setting, databaseUrl: string): Promise<CommandsByScenario> {
  const proxy = await countingProxy(databaseUrl);
  const service = await startService(setting, proxy.url);
  const tokens: Tokens = { access: [], refresh: [] };

  async function send(scenario: Scenario, connections: number): Promise<Commands> {
    const requests = scenario.requests(setting.effort.counted, tokens);
    proxy.count.reset();
    const { bodies } = await sendAll(service.url, requests, connections);
    const { statements, roundTrips } = proxy.count;
    leave(scenario, bodies, tokens);
    return { statements: statements / requests.length, roundTrips: roundTrips / requests.length };
  }

  const counted: Partial<Record<ScenarioKey, CountedCommands>> = {};
  const ours = scenarioEntries.filter(([, { by }]) => by === 'service');
  // Connections are opened, and what is prepared on them.
  for (const [, scenario] of ours) await send(scenario, TOGETHER);
  for (const [key, scenario] of ours) {
    const together = await send(scenario, TOGETHER);
    // Each refresh token is good for one refresh.
    if (key === 'refresh') await send(scenarios.loginWithRefresh, TOGETHER);
    const alone = await send(scenario, 1);
    counted[key] = { alone, together };
  }
  await service.stop();
  return counted;
}
