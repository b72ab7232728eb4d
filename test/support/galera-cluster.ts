import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { freePort } from './free-port.js';

const PROVIDERS = ['/usr/lib/galera/libgalera_smm.so', '/usr/lib64/galera-4/libgalera_smm.so'];
const NODES = 3;
const ASK_AGAIN_MS = 100;

interface Ports {
  readonly sql: number;
  readonly group: number;
  readonly incremental: number;
  readonly snapshot: number;
}

/** Why this machine cannot run a cluster; `undefined` when it can. */
export function galeraMisses(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can start its nodes as the user mysql';
  if (!PROVIDERS.some(existsSync)) return 'there is no galera-4 on this machine';
  for (const program of ['mariadbd', 'mariadb-install-db', 'rsync']) {
    if (!programs().some((folder) => existsSync(join(folder, program)))) return `there is no ${program}`;
  }
  return hasMysqlUser() ? undefined : 'there is no user mysql';
}

/** Three nodes of MariaDB with Galera on loopback: what one of them acknowledges, all have. */
export class GaleraCluster {
  private readonly nodes: (ChildProcess | undefined)[] = [];

  private constructor(
    private readonly folder: string,
    private readonly ports: readonly Ports[],
  ) {}

  /** Resolves when all nodes are one cluster. */
  static async start(): Promise<GaleraCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'nest-ciam-galera-'));
    await chmod(folder, 0o755);
    const ports: Ports[] = [];
    for (let node = 0; node < NODES; node++) {
      ports.push({
        sql: await freePort(),
        group: await freePort(),
        incremental: await freePort(),
        snapshot: await freePort(),
      });
    }
    const cluster = new GaleraCluster(folder, ports);
    try {
      await cluster.install();
      await cluster.boot(0, 'gcomm://');
      // Two that join at once now and then give each other up.
      for (const node of [1, 2]) await cluster.boot(node, cluster.address(0));
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  /** @param database its name */
  url(node: number, database = ''): string {
    return `mysql://root@127.0.0.1:${this.ports[node]!.sql}/${database}`;
  }

  async query<Row>(node: number, statement: string): Promise<Row[]> {
    const connection = await createConnection({ uri: this.url(node), connectTimeout: 1000 });
    try {
      return (await connection.query(statement))[0] as Row[];
    } finally {
      connection.destroy();
    }
  }

  /** At once, as when its machine fails. */
  async kill(node: number): Promise<void> {
    const killed = this.nodes[node]!;
    this.nodes[node] = undefined;
    killed.kill('SIGKILL');
    if (killed.exitCode === null && killed.signalCode === null) await once(killed, 'exit');
  }

  /** Starts a node that was killed. Resolves when it has what the others have. */
  async join(node: number): Promise<void> {
    const others = this.ports.flatMap((_, index) => (this.nodes[index] ? [index] : []));
    await this.boot(node, this.address(...others));
  }

  async close(): Promise<void> {
    // Nothing is to be kept.
    const running = this.nodes.flatMap((node, index) => (node ? [index] : []));
    await Promise.all(running.map((node) => this.kill(node)));
    await rm(this.folder, { recursive: true, force: true });
  }

  /** One data directory for all: the other nodes get theirs from the first. */
  private async install(): Promise<void> {
    const { uid, gid } = mysqlIds();
    for (let node = 0; node < NODES; node++) {
      const data = this.data(node);
      await mkdir(data);
      await chown(data, uid, gid);
    }
    const options = ['--no-defaults', '--user=mysql', '--auth-root-authentication-method=normal'];
    const install = spawn('mariadb-install-db', [...options, `--datadir=${this.data(0)}`], {
      env: environment(),
      stdio: 'ignore',
    });
    const [code] = (await once(install, 'close')) as [number];
    if (code !== 0) throw new Error(`mariadb-install-db ended with ${code}`);
    execFileSync('cp', ['-a', `${this.data(0)}/.`, this.data(1)]);
    execFileSync('cp', ['-a', `${this.data(0)}/.`, this.data(2)]);
  }

  private async boot(node: number, cluster: string): Promise<void> {
    const { sql, group, incremental, snapshot } = this.ports[node]!;
    const data = this.data(node);
    const provider = {
      base_port: group,
      'gmcast.listen_addr': `tcp://127.0.0.1:${group}`,
      'ist.recv_addr': `127.0.0.1:${incremental}`,
      'gcache.size': '32M',
      // A node that dies is given up soon.
      'evs.keepalive_period': 'PT0.5S',
      'evs.suspect_timeout': 'PT3S',
    };
    const options = {
      user: 'mysql',
      datadir: data,
      port: sql,
      'bind-address': '127.0.0.1',
      socket: join(data, 'sql.sock'),
      'pid-file': join(data, 'sql.pid'),
      'binlog-format': 'ROW',
      'innodb-autoinc-lock-mode': 2,
      'innodb-buffer-pool-size': '32M',
      'innodb-flush-log-at-trx-commit': 0,
      'wsrep-on': 'ON',
      'wsrep-provider': PROVIDERS.find(existsSync)!,
      'wsrep-provider-options': Object.entries(provider)
        .map(([name, value]) => `${name}=${value}`)
        .join(';'),
      'wsrep-cluster-name': 'nest-ciam-test',
      'wsrep-cluster-address': cluster,
      'wsrep-node-name': `node-${node}`,
      'wsrep-node-address': `127.0.0.1:${group}`,
      'wsrep-sst-method': 'rsync',
      'wsrep-sst-receive-address': `127.0.0.1:${snapshot}`,
    };
    const log = await open(this.log(node), 'a');
    const started = spawn(
      'mariadbd',
      ['--no-defaults', ...Object.entries(options).map(([name, value]) => `--${name}=${value}`)],
      { env: environment(), stdio: ['ignore', log.fd, log.fd] },
    );
    await log.close();
    this.nodes[node] = started;
    while (!(await this.isReady(node))) {
      if (started.exitCode !== null || started.signalCode !== null)
        throw new Error(`A node has ended:\n${(await readFile(this.log(node), 'utf8')).slice(-2000)}`);
      await delay(ASK_AGAIN_MS);
    }
  }

  private async isReady(node: number): Promise<boolean> {
    try {
      const [row] = await this.query<{ Value: string }>(node, `SHOW STATUS LIKE 'wsrep_ready'`);
      return row?.Value === 'ON';
    } catch {
      return false;
    }
  }

  private address(...nodes: number[]): string {
    return `gcomm://${nodes.map((node) => `127.0.0.1:${this.ports[node]!.group}`).join(',')}`;
  }

  private data(node: number): string {
    return join(this.folder, `node-${node}`);
  }

  private log(node: number): string {
    return `${this.data(node)}.log`;
  }
}

function programs(): string[] {
  return environment().PATH.split(':');
}

/** Debian has servers where only root looks. */
function environment(): { PATH: string } {
  return { PATH: `${process.env.PATH}:/usr/sbin:/usr/bin` };
}

function hasMysqlUser(): boolean {
  try {
    mysqlIds();
    return true;
  } catch {
    return false;
  }
}

function mysqlIds(): { uid: number; gid: number } {
  const id = (kind: string) =>
    Number(execFileSync('id', [kind, 'mysql'], { encoding: 'utf8', stdio: 'pipe' }));
  return { uid: id('-u'), gid: id('-g') };
}
