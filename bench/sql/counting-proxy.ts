import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { cleanup } from '../programs/cleanup.js';
import { CommandCount } from './command-count.js';

export interface CountingProxy {
  /** The database by way of the proxy. */
  readonly url: string;
  readonly count: CommandCount;
}

/** A line to a MySQL server that counts what passes. */
export async function countingProxy(databaseUrl: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(databaseUrl);
  const count = new CommandCount();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: hostname, port: Number(port || 3306), noDelay: true });
    const commands = count.connection();
    client.on('data', (bytes: Buffer) => {
      commands.sent(bytes);
      upstream.write(bytes);
    });
    upstream.on('data', (bytes: Buffer) => {
      commands.answered();
      client.write(bytes);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Whoever uses it is stopped before.
  cleanup(() => server.close());
  const { port: ours } = server.address() as AddressInfo;
  const url = Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port: String(ours) });
  return { url: url.href, count };
}
