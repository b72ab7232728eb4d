import { generateKeyPairSync, sign } from 'node:crypto';
import { Pool } from 'undici';
import { type Program } from './processes.js';

/** What one round showed. */
export interface Measurement {
  readonly requestsPerSecond: number;
  /** Milliseconds that half of the requests took at most. */
  readonly p50: number;
  readonly p99: number;
  /** CPU milliseconds of the server for each request. */
  readonly cpu: number;
}

export type Json = Record<string, unknown>;

/** Requests to one server over a fixed number of connections. */
export class Load {
  private readonly pool: Pool;

  constructor(
    private readonly server: Program,
    private readonly connections: number,
  ) {
    this.pool = new Pool(server.url, { connections });
  }

  /** @throws Error when the answer is not 200 */
  async post(path: string, body: Json): Promise<Json> {
    const headers = { 'content-type': 'application/json' };
    const answer = await this.pool.request({ path, method: 'POST', headers, body: JSON.stringify(body) });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}: ${text}`);
    return JSON.parse(text) as Json;
  }

  /** Sends the bodies, as many at a time as there are connections, and collects the answers in their order. */
  async postAll(path: string, bodies: readonly Json[], timings: number[] = []): Promise<Json[]> {
    const answers: Json[] = [];
    let next = 0;
    const sendOneAfterTheOther = async () => {
      for (let index = next++; index < bodies.length; index = next++) {
        const start = performance.now();
        answers[index] = await this.post(path, bodies[index]!);
        timings.push(performance.now() - start);
      }
    };
    await Promise.all(Array.from({ length: this.connections }, sendOneAfterTheOther));
    return answers;
  }

  async measure(path: string, bodies: readonly Json[]): Promise<Measurement> {
    const timings: number[] = [];
    const cpuBefore = this.server.cpuMs();
    const start = performance.now();
    await this.postAll(path, bodies, timings);
    const elapsed = performance.now() - start;
    const cpu = (this.server.cpuMs() - cpuBefore) / bodies.length;
    timings.sort((a, b) => a - b);
    return {
      requestsPerSecond: (bodies.length / elapsed) * 1000,
      p50: timings[Math.floor(timings.length * 0.5)]!,
      p99: timings[Math.floor(timings.length * 0.99)]!,
      cpu,
    };
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}

/** Each figure's median over the rounds. */
export function medians(rounds: readonly Measurement[]): Measurement {
  const median = (figure: (round: Measurement) => number) =>
    rounds.map(figure).sort((a, b) => a - b)[Math.floor(rounds.length / 2)]!;
  return {
    requestsPerSecond: median((round) => round.requestsPerSecond),
    p50: median((round) => round.p50),
    p99: median((round) => round.p99),
    cpu: median((round) => round.cpu),
  };
}

/** CPU milliseconds of two RS256 signatures: what no login with an ID token can do without. */
export function signatureFloor(pairs = 400): number {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const token = Buffer.alloc(400, 'x');
  const pair = () => [sign('sha256', token, privateKey), sign('sha256', token, privateKey)];
  for (let index = 0; index < 50; index++) pair();
  const before = process.cpuUsage();
  for (let index = 0; index < pairs; index++) pair();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / pairs;
}
