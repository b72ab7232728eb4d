import { type Noise } from '../machine/noise.js';
import { type CommandsByScenario } from '../stages/commands.js';
import { type AtConnections } from '../stages/connections.js';
import { type Growth } from '../stages/growth.js';
import { type Memory } from '../stages/memory.js';
import { type Table } from '../stages/table.js';
import { type WithWorkers } from '../stages/workers.js';

/** Everything that a run has found out; what a quick one leaves out is absent. */
export interface Results {
  readonly machine: {
    readonly node: string;
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly database: string;
    readonly peer: string;
  };
  readonly quick: boolean;
  readonly bootMs: number;
  readonly table: Table;
  readonly noise: Noise;
  readonly commands: CommandsByScenario;
  readonly connections: readonly AtConnections[];
  readonly workers: readonly WithWorkers[];
  readonly memory?: Memory;
  readonly growth?: Growth;
  readonly seconds: number;
}
