import { type Measurement } from '../http/measurement.js';
import { noiseSentence } from '../machine/noise.js';
import { CONNECTIONS } from '../stages/effort.js';
import { scenarioEntries } from '../stages/scenarios.js';
import { type WithPeople } from '../stages/growth.js';
import { type Results } from './results.js';
import { type Target } from './targets.js';

/** What a run has found out, for people. */
export function markdownOf(results: Results, targets: readonly Target[]): string {
  return [
    introduction(results),
    scenarioTable(results),
    floorSentence(results),
    otherFigures(results),
    loginTable(
      'connections',
      results.connections.map(({ connections, measurement }) => [connections, measurement]),
    ),
    loginTable(
      'workers',
      results.workers.map(({ workers, measurement }) => [workers, measurement]),
    ),
    growthTable(results),
    targetTable(targets),
    `${noiseSentence(results.noise)} All of it took ${(results.seconds / 60).toFixed(1)} minutes.`,
  ]
    .filter(Boolean)
    .join('\n\n')
    .concat('\n');
}

function introduction({ machine, quick }: Results): string {
  const { node, cpu, cores, memoryGiB, database, peer } = machine;
  const where = `${cores} × ${cpu}, ${memoryGiB.toFixed(0)} GiB; Node ${node}, ${database}, oidc-provider ${peer}`;
  const how =
    `Medians of alternating rounds over ${CONNECTIONS} connections. Load, WeChat, database and service share the machine: ` +
    'CPU time is that of the server alone.';
  const warning = quick ? '\n\n**A quick run: too little of everything to go by.**' : '';
  return `${where}.\n\n${how}${warning}`;
}

function scenarioTable({ table, commands }: Results): string {
  const rows = scenarioEntries.map(([key, { name }]) => {
    const { requestsPerSecond, p50, p99, cpu, toFloor, toPeer } = table.rows[key];
    const { alone, together } = commands[key] ?? {};
    return [
      name,
      requestsPerSecond.toFixed(0),
      p50.toFixed(1),
      p99.toFixed(1),
      number(cpu, 3),
      number(toFloor, 2),
      toPeer.toFixed(2),
      alone && together ? `${alone.statements.toFixed(1)} / ${together.statements.toFixed(1)}` : '',
      alone && together ? `${alone.roundTrips.toFixed(1)} / ${together.roundTrips.toFixed(1)}` : '',
    ];
  });
  return markdownTable(
    [
      'request',
      'requests/s',
      'p50 ms',
      'p99 ms',
      'CPU ms',
      'CPU ÷ floor',
      'requests/s ÷ oidc-provider',
      'SQL statements, alone / 16 at once',
      'round trips, likewise',
    ],
    rows,
  );
}

function floorSentence({ table }: Results): string {
  const { rs256, es256 } = table.floor;
  return `The floor, two signatures and nothing else: ${rs256.toFixed(3)} ms of CPU for RS256, ${es256.toFixed(3)} ms for ES256.`;
}

function otherFigures({ bootMs, memory }: Results): string {
  const boot = `Boot until ready: ${(bootMs / 1000).toFixed(2)} s.`;
  if (!memory) return boot;
  const { residentMiB, seconds, logins } = memory;
  return `${boot} Memory after ${seconds} s of load (${logins} logins with refresh tokens): ${number(residentMiB, 0)} MiB.`;
}

/** The login of a known user, by how many of something there were. */
function loginTable(what: string, rows: readonly (readonly [number, Measurement])[]): string {
  const figures = rows.map(([count, { requestsPerSecond, p50, p99, cpu }]) => [
    String(count),
    requestsPerSecond.toFixed(0),
    p50.toFixed(1),
    p99.toFixed(1),
    number(cpu, 3),
  ]);
  return markdownTable([what, 'logins/s', 'p50 ms', 'p99 ms', 'CPU ms'], figures);
}

function growthTable({ growth }: Results): string {
  if (!growth) return '';
  const row = ({ people, measurement, aloneP50 }: WithPeople) => [
    String(people),
    String(5 * people),
    measurement.requestsPerSecond.toFixed(0),
    number(measurement.cpu, 3),
    number(measurement.databaseCpu, 3),
    aloneP50.toFixed(2),
  ];
  return markdownTable(
    [
      'users',
      'identities and audit events',
      'logins/s',
      'CPU ms',
      'CPU ms of the database',
      'p50 ms, one at a time',
    ],
    [row(growth.few), row(growth.many)],
  );
}

function targetTable(targets: readonly Target[]): string {
  const rows = targets.map(({ what, figure, limit, atMost, unit, verdict }) => [
    what,
    `${number(figure, 2)} ${unit}`,
    `${atMost ? '≤' : '≥'} ${limit}`,
    verdict === 'missed' ? '**missed**' : verdict,
  ]);
  return markdownTable(['target', 'figure', 'limit', ''], rows);
}

function number(figure: number, digits: number): string {
  return Number.isFinite(figure) ? figure.toFixed(digits) : '–';
}

function markdownTable([first, ...others]: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [[first, ...others], ['---', ...others.map(() => '---:')], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
