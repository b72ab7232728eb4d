import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { noiseOf } from './machine/noise.js';
import { cleaningUp, cleanup } from './programs/cleanup.js';
import { databaseServer } from './programs/mariadb.js';
import { Program } from './programs/program.js';
import { ServiceInstances } from './programs/service.js';
import { chartOf } from './report/chart.js';
import { machineOf } from './report/machine.js';
import { markdownOf } from './report/markdown.js';
import { type Results } from './report/results.js';
import { targetsOf } from './report/targets.js';
import { measureBoot } from './stages/boot.js';
import { countCommands } from './stages/commands.js';
import { measureConnections } from './stages/connections.js';
import { FULL, QUICK } from './stages/effort.js';
import { measureGrowth } from './stages/growth.js';
import { measureMemory } from './stages/memory.js';
import { smallDatabase, startParties, type Setting } from './stages/parties.js';
import { measureTable } from './stages/table.js';
import { measureWorkers } from './stages/workers.js';

const RESULTS = join(import.meta.dirname, '../../bench/results');

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, 'cpu-prof': { type: 'boolean', default: false } },
});
const effort = options.quick ? QUICK : FULL;
// The profile is written when the service ends.
const nodeOptions = options['cpu-prof'] ? ['--cpu-prof', `--cpu-prof-dir=${join(RESULTS, 'profiles')}`] : [];

await cleaningUp(async () => {
  const results = await run(await prepare());
  const targets = targetsOf(results);
  const markdown = markdownOf(results, targets);
  process.stdout.write(`\n${markdown}`);
  await mkdir(RESULTS, { recursive: true });
  await writeFile(join(RESULTS, 'latest.md'), markdown);
  await writeFile(join(RESULTS, 'latest.json'), `${JSON.stringify({ ...results, targets }, null, 2)}\n`);
  await writeFile(join(RESULTS, 'latest.svg'), chartOf(results));
});

async function prepare(): Promise<Setting> {
  progress('the database server and WeChat are started');
  const folder = await mkdtemp(join(tmpdir(), 'nest-ciam-bench-'));
  cleanup(() => rm(folder, { recursive: true, force: true }));
  const server = await databaseServer();
  const wechat = await Program.start({ main: 'bench/wechat/main.js' });
  return { folder, server, wechat, instances: await ServiceInstances.in(folder), effort, nodeOptions };
}

async function run(setting: Setting): Promise<Results> {
  const databaseUrl = await smallDatabase(setting);
  progress('boot');
  const bootMs = await measureBoot(setting, databaseUrl);
  const parties = await startParties(setting, databaseUrl);
  const table = await measureTable(parties, effort, progress);
  progress('SQL statements are counted');
  const commands = await countCommands(setting, databaseUrl);
  progress('from 1 to 64 connections');
  const connections = await measureConnections(parties.service, effort);
  progress('workers');
  const workers = await measureWorkers(setting, databaseUrl, parties.service);
  progress('memory');
  const memory = effort.loadMs > 0 ? await measureMemory(parties.service, effort) : undefined;
  progress('growth');
  const growth = effort.manyPeople > 0 ? await measureGrowth(setting, progress) : undefined;
  return {
    machine: machineOf(setting.server.description),
    quick: options.quick,
    bootMs,
    table,
    noise: noiseOf(table.calibrations),
    commands,
    connections,
    workers,
    memory,
    growth,
    seconds: performance.now() / 1000,
  };
}

function progress(what: string): void {
  process.stdout.write(`${(performance.now() / 1000).toFixed(0).padStart(4)} s  ${what}\n`);
}
