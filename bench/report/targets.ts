import { type Results } from './results.js';

/** What is promised, and what a run has shown of it. */
export interface Target {
  readonly what: string;
  readonly figure: number;
  readonly limit: number;
  readonly atMost: boolean;
  readonly unit: string;
  /** `unmeasured` where a figure is missing, as in a quick run. */
  readonly verdict: 'met' | 'missed' | 'unmeasured';
}

/** How much more the highest and lowest of what is called constant may differ. */
const CONSTANT = 1.15;
/** Everybody waits for those before them: that is in p50 already. */
const BOUNDED = 3;

/** Side by side in one run; each ratio of two scenarios is one of their medians. */
export function targetsOf(results: Results): Target[] {
  const { bootMs, memory, connections, growth } = results;
  const { rows } = results.table;
  const cpu = connections.map(({ measurement }) => measurement.cpu);
  const crowded = connections.at(-1)?.measurement;
  const [few, many] = [growth?.few.measurement, growth?.many.measurement];
  return [
    atMost('login of a known user, CPU', rows.login.toFloor, 1.7, '× floor'),
    atLeast('login of a known user, per second', rows.login.toPeer, 1.5, '× oidc-provider'),
    atMost('login with a refresh token, CPU', rows.loginWithRefresh.toFloor, 2.2, '× floor'),
    atMost('ES256 login, CPU', rows.loginEs256.cpu / rows.login.cpu, 0.5, '× RS256 login'),
    atMost('refresh, CPU', rows.refresh.cpu / rows.login.cpu, 1.2, '× login'),
    atLeast(
      'introspection, per second',
      rows.introspection.requestsPerSecond / rows.login.requestsPerSecond,
      8,
      '× logins',
    ),
    atMost('first login, CPU', rows.firstLogin.cpu / rows.login.cpu, 2, '× login'),
    atMost('boot until ready', bootMs / 1000, 2, 's'),
    atMost('memory of a process after a minute of load', memory?.residentMiB, 160, 'MiB'),
    atMost('a million users: CPU of a login', ratio(many?.cpu, few?.cpu), 1.15, '× a thousand'),
    atMost(
      'a million users: CPU of the database',
      ratio(many?.databaseCpu, few?.databaseCpu),
      1.15,
      '× a thousand',
    ),
    atMost(
      'a million users: a login takes',
      ratio(growth?.many.aloneP50, growth?.few.aloneP50),
      1.15,
      '× a thousand',
    ),
    atMost('CPU of a login from 1 to 64 connections', Math.max(...cpu) / Math.min(...cpu), CONSTANT, '×'),
    atMost('p99 at 64 connections', ratio(crowded?.p99, crowded?.p50), BOUNDED, '× p50'),
  ];
}

const ratio = (one = NaN, other = NaN) => one / other;

function atMost(what: string, figure = NaN, limit: number, unit: string): Target {
  return { what, figure, limit, atMost: true, unit, verdict: verdict(figure, figure <= limit) };
}

function atLeast(what: string, figure: number, limit: number, unit: string): Target {
  return { what, figure, limit, atMost: false, unit, verdict: verdict(figure, figure >= limit) };
}

function verdict(figure: number, holds: boolean): Target['verdict'] {
  if (!Number.isFinite(figure)) return 'unmeasured';
  return holds ? 'met' : 'missed';
}
