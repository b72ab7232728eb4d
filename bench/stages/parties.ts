import { join } from 'node:path';
import { type Measured } from '../http/measurement.js';
import { writePeople } from '../people/bulk-people.js';
import { FILL_PEER_TABLE } from '../peer/users.js';
import { newDatabase, onConnection } from '../programs/database.js';
import { type DatabaseServer } from '../programs/mariadb.js';
import { Program } from '../programs/program.js';
import { type ServiceInstances } from '../programs/service.js';
import { PEOPLE, type Effort } from './effort.js';

/** What all stages share. */
export interface Setting {
  readonly folder: string;
  readonly server: DatabaseServer;
  readonly wechat: Program;
  readonly instances: ServiceInstances;
  readonly effort: Effort;
  /** Of Node, for the service that the table is about. */
  readonly nodeOptions: readonly string[];
}

/** Who is measured. */
export interface Parties {
  readonly service: Measured;
  readonly peer: Measured;
  readonly sqlite: Measured;
}

export const measured = ({ url, pid }: Program, databasePid?: number): Measured => ({
  url,
  pid,
  databasePid,
});

/** A database with people in it, as the service has made it. */
export async function databaseOf(people: number, setting: Setting): Promise<string> {
  const databaseUrl = await newDatabase(setting.server.url);
  const migrating = await startService(setting, databaseUrl);
  await migrating.stop();
  await writePeople(databaseUrl, people);
  return databaseUrl;
}

export function startService(
  { instances, wechat }: Setting,
  databaseUrl: string,
  options: { workers?: number; nodeOptions?: readonly string[] } = {},
): Promise<Program> {
  return instances.start({ databaseUrl, wechatUrl: wechat.url, ...options });
}

export async function startParties(setting: Setting, databaseUrl: string): Promise<Parties> {
  const { server, folder, wechat, nodeOptions } = setting;
  const service = await startService(setting, databaseUrl, { nodeOptions });
  const sqlite = await startService(setting, `sqlite:${join(folder, 'bench.sqlite')}`);
  await onConnection(databaseUrl, async (connection) => {
    for (const statement of FILL_PEER_TABLE) await connection.query(statement);
  });
  const peer = await Program.start({
    main: 'bench/peer/main.js',
    environment: { DATABASE_URL: databaseUrl, WECHAT_URL: wechat.url },
    ready: '/jwks',
  });
  return {
    service: measured(service, server.pid),
    sqlite: measured(sqlite),
    peer: measured(peer, server.pid),
  };
}

export const smallDatabase = (setting: Setting) => databaseOf(PEOPLE, setting);
