import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { METHODS } from 'node:http';
import { parse } from 'yaml';
import { MetricsRegistry } from '../src/metrics/metrics-registry.js';
import {
  AUTH_SOURCE_ID,
  CLIENT_ID,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../src/testing/factories.js';
import { Exposition } from './support/exposition.js';
import { Page, codeIn } from './support/markdown.js';
import { vocabularyOf } from './support/promql.js';
import { startService, type RunningService } from './support/service.js';
import { RawConnection } from './support/service-process.js';
import { withSessions } from './support/sessions.js';
import { isMysql } from './support/test-database.js';
import { until } from './support/until.js';

let service: RunningService;

beforeAll(async () => {
  service = await startService({ RATE_LIMIT_PER_MINUTE: '10000000' });
  service.simulator.wechat.addUser({ id: 'band' });
  await service.register({ applications: [anApplication(withSessions)], authSources: [anAuthSource()] });
});
afterAll(() => service.close());

const scrape = () => Exposition.of(service.url);

/** How much series have grown since then. */
async function growth(before: Exposition, series: readonly string[]): Promise<Record<string, number>> {
  const after = await scrape();
  return Object.fromEntries(
    series.map((each) => [each, (after.value(each) ?? 0) - (before.value(each) ?? 0)]),
  );
}

describe('GET /metrics', () => {
  it('is what Prometheus reads, and not kept', async () => {
    const response = await fetch(`${service.url}/metrics`);
    const { 'content-type': type, 'cache-control': control } = Object.fromEntries(response.headers);
    expect([response.status, type, control]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      'no-store',
    ]);
    const exposition = new Exposition(await response.text());
    expect(exposition.value('ciam_ready')).toBe(1);
    const build = `ciam_build_info{version="0.1.0",node_version="${process.version}"}`;
    expect(exposition.value(build)).toBe(1);
    expect(exposition.types.get('nodejs_eventloop_lag_p99_seconds')).toBe('gauge');
    expect(exposition.types.get('process_resident_memory_bytes')).toBe('gauge');
  });

  it('counts logins by outcome and auth source, refreshes, events and signatures', async () => {
    const before = await scrape();
    const login = await service.login('band');
    const { refresh_token } = (await login.json()) as { refresh_token: string };
    const refresh = { grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token };
    await service.token(refresh);
    await service.token({ ...refresh, refresh_token: 'unknown' });
    await service.token(loginRequest('unknown'));
    await service.login('band', { auth_source_id: 'unheard-of' });
    await service.login('band', { client_id: 'unheard-of' });
    service.simulator.wechat.fault({ path: '/sns/jscode2session', kind: 'errcode', errcode: 40125 });
    await service.login('band');
    const at = (source: string, outcome: string) =>
      `ciam_logins_total{outcome="${outcome}",auth_source_id="${source}"}`;
    const expected = {
      [at(AUTH_SOURCE_ID, 'success')]: 1,
      [at(AUTH_SOURCE_ID, 'invalid_grant')]: 1,
      [at(AUTH_SOURCE_ID, 'server_error')]: 1,
      [at('unknown', 'invalid_auth_source')]: 1,
      [at('unknown', 'invalid_client')]: 1,
      'ciam_refreshes_total{outcome="success"}': 1,
      'ciam_refreshes_total{outcome="invalid_grant"}': 1,
      'ciam_audit_events_total{type="login_succeeded"}': 1,
      'ciam_audit_events_total{type="login_failed"}': 4,
      // Access token and ID token, of the login and of the refresh.
      'ciam_token_signing_duration_seconds_count{alg="RS256"}': 4,
    };
    expect(await growth(before, Object.keys(expected))).toEqual(expected);
  });

  it('measures requests by route, also those that are unknown or given up', async () => {
    const before = await scrape();
    await (await fetch(`${service.url}/health/live?of=us`)).text();
    await (await fetch(`${service.url}/oauth2/token`, { method: 'DELETE' })).text();
    await (await fetch(`${service.url}/nowhere`, { method: 'PUT' })).text();
    await (await fetch(`${service.url}/docs/none.txt`)).text();
    const connection = await RawConnection.to(new URL(service.url));
    connection.send('POST /oauth2/token HTTP/1.1\r\nHost: id.test\r\nContent-Length: 10\r\n');
    connection.send('Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n');
    await connection.until('100 Continue');
    connection.abandon();
    const count = (method: string, route: string, status: string) =>
      `ciam_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`;
    const expected = {
      [count('GET', '/health/live', '2xx')]: 1,
      [count('DELETE', '/oauth2/token', '4xx')]: 1,
      [count('other', 'unknown', '4xx')]: 1,
      [count('GET', '/docs/:file', '4xx')]: 1,
      [count('POST', '/oauth2/token', 'aborted')]: 1,
    };
    const aborted = Object.keys(expected).at(-1)!;
    await until(async () => (await growth(before, [aborted]))[aborted] === 1);
    expect(await growth(before, Object.keys(expected))).toEqual(expected);
  });

  it('shows the pool of a database that has one', async () => {
    const exposition = await scrape();
    const values = ['connections', 'free_connections', 'waiting_requests'].map((name) =>
      exposition.value(`ciam_database_pool_${name}`),
    );
    expect(values).toEqual(isMysql ? [expect.any(Number), expect.any(Number), 0] : Array(3).fill(undefined));
    if (isMysql) expect(values[0]).toBeGreaterThanOrEqual(1);
  });

  it('has no more series, whatever callers and WeChat think of', async () => {
    for (const method of methods) await thinkOfSomething(method);
    const before = await scrape();
    for (let round = 0; round < 12; round++) {
      await Promise.all(methods.slice(0, 10).map((method) => thinkOfSomething(method)));
    }
    const after = await scrape();
    expect(after.series.filter((series) => !before.series.includes(series))).toEqual([]);
    expect(JSON.stringify(after.series)).not.toContain('random');
  });

  /** Every method that `fetch` sends. */
  const methods = METHODS.filter((method) => !['CONNECT', 'TRACE', 'TRACK'].includes(method));

  /** Every kind of request there is, each with values that nobody has sent before. */
  async function thinkOfSomething(method: string): Promise<void> {
    const random = () => `random${randomBytes(6).toString('hex')}`;
    const bearer = { Authorization: `Bearer ${random()}` };
    service.simulator.wechat.fault({
      path: '/sns/jscode2session',
      kind: 'errcode',
      errcode: 50_000 + randomInt(900_000_000),
    });
    await Promise.all([
      service.login('band'),
      service.login('band', { client_id: random() }),
      service.login('band', { auth_source_id: random() }),
      service.token({ grant_type: random(), client_id: random() }),
      service.token({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token: random() }),
      service.post('/oauth2/revoke', { client_id: random(), token: random() }),
      fetch(`${service.url}/${random()}/${random()}`, { method, headers: { 'X-Request-Id': random() } }),
      fetch(`${service.url}/oauth2/${random()}`),
      fetch(`${service.url}/docs/${random()}`),
      fetch(`${service.url}/admin/v1/users/${random()}?${random()}=${random()}`, { headers: bearer }),
      fetch(`${service.url}/admin/v1/${random()}`, { headers: bearer }),
      fetch(`${service.url}/userinfo`, { headers: bearer }),
    ]).then((responses) => Promise.all(responses.map((response) => response.arrayBuffer())));
  }
});

describe('the rate limit', () => {
  it('is counted by route, and there is none for Prometheus', async () => {
    const limited = await startService({ RATE_LIMIT_PER_MINUTE: '1' });
    try {
      for (let i = 0; i < 3; i++) await limited.token({});
      for (let i = 0; i < 3; i++) expect((await fetch(`${limited.url}/metrics`)).status).toBe(200);
      const exposition = await Exposition.of(limited.url);
      expect(exposition.value('ciam_rate_limited_requests_total{route="/oauth2/token"}')).toBe(2);
    } finally {
      await limited.close();
    }
  });
});

/** What Prometheus and its scrape add to every series. */
const ADDED_LABELS = ['job', 'instance', 'le'];

/** What a metric of ours may be called in an expression, and its labels; those of MySQL everywhere. */
function labelsOf(series: string): readonly string[] | undefined {
  if (series === 'up') return ADDED_LABELS;
  const registry = service.app.get(MetricsRegistry);
  for (const name of [series, series.replace(/_(bucket|sum|count)$/, '')]) {
    const metric = registry.getSingleMetric(name) as { labelNames?: string[] } | undefined;
    if (metric) return [...(metric.labelNames ?? []), ...ADDED_LABELS];
  }
  return !isMysql && series.startsWith('ciam_database_pool_') ? ADDED_LABELS : undefined;
}

/** What an expression speaks of that there is not. */
function unknownIn(expression: string): string[] {
  const { series, labels } = vocabularyOf(expression);
  const known = new Set(series.flatMap((name) => labelsOf(name) ?? []));
  return [
    ...series.filter((name) => labelsOf(name) === undefined),
    ...labels.filter((label) => !known.has(label)),
  ];
}

describe('docs/observability.md', () => {
  it('has every metric of ours, and no others', async () => {
    const rows = Page.read('docs/observability.md').table('metric');
    const documented = rows
      .filter(([, , , meaning]) => isMysql || !meaning!.includes('MySQL and MariaDB only'))
      .map(([name, type, labels]) => ({ name: codeIn(name!)[0], type, labels: codeIn(labels!) }));
    const registry = service.app.get(MetricsRegistry);
    const declared = [...(await scrape()).types]
      .filter(([name]) => name.startsWith('ciam_'))
      .map(([name, type]) => {
        const { labelNames } = registry.getSingleMetric(name) as unknown as { labelNames: string[] };
        return { name, type, labels: labelNames };
      });
    const byName = (one: { name?: string }, other: { name?: string }) => (one.name! < other.name! ? -1 : 1);
    expect(documented.sort(byName)).toEqual(declared.sort(byName));
  });
});

describe('deploy/prometheus/alerts.yml', () => {
  interface Rule {
    alert: string;
    expr: string;
    for?: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
  }
  const { groups } = parse(readFileSync('deploy/prometheus/alerts.yml', 'utf8')) as {
    groups: { name: string; rules: Rule[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);

  it('speaks of metrics and labels that there are', () => {
    expect(rules.map(({ alert, expr }) => ({ alert, unknown: unknownIn(expr) }))).toEqual(
      rules.map(({ alert }) => ({ alert, unknown: [] })),
    );
    expect(rules.length).toBeGreaterThan(9);
  });

  it('has rules with a name of their own, a severity and a summary of labels that are left', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, expr, labels, annotations } of rules) {
      expect([alert, Object.keys(labels), annotations.summary]).toEqual([
        alert,
        ['severity'],
        expect.stringMatching(/^\S.*[^.]$/),
      ]);
      expect(['warning', 'critical']).toContain(labels.severity);
      const named = [
        ...Object.values(annotations)
          .join()
          .matchAll(/\$labels\.(\w+)/g),
      ].map(([, label]) => label!);
      const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, names]) => names!.split(', '));
      const isAggregated = /\b(sum|max|count)\b/.test(expr);
      expect([alert, named.filter((label) => isAggregated && !grouped.includes(label))]).toEqual([alert, []]);
    }
  });
});

describe('deploy/grafana/nest-ciam.json', () => {
  interface Panel {
    id: number;
    title: string;
    type: string;
    datasource?: { uid: string };
    targets?: { expr: string; datasource: { uid: string } }[];
  }
  const dashboard = JSON.parse(readFileSync('deploy/grafana/nest-ciam.json', 'utf8')) as {
    panels: Panel[];
    templating: { list: { name: string; type: string; query: unknown; definition?: string }[] };
  };
  const { panels } = dashboard;
  const graphs = panels.filter(({ type }) => type !== 'row');

  it('speaks of metrics and labels that there are', () => {
    const expressions = graphs.flatMap(({ targets }) => targets!.map(({ expr }) => expr));
    expect(expressions.map((expr) => ({ expr, unknown: unknownIn(expr) }))).toEqual(
      expressions.map((expr) => ({ expr, unknown: [] })),
    );
    expect(expressions.length).toBeGreaterThan(20);
  });

  it('shows every metric of ours', () => {
    const shown = JSON.stringify(graphs);
    const names = Page.read('docs/observability.md')
      .table('metric')
      .map(([name]) => codeIn(name!)[0]!);
    expect(names.filter((name) => !shown.includes(name))).toEqual([]);
  });

  it('has panels with ids of their own, and a data source to choose', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const [source] = dashboard.templating.list.filter(({ type }) => type === 'datasource');
    expect(source).toMatchObject({ name: 'datasource', query: 'prometheus' });
    for (const { title, datasource, targets } of graphs) {
      const uids = [datasource, ...targets!.map((target) => target.datasource)].map((each) => each?.uid);
      expect([title, new Set(uids)]).toEqual([title, new Set(['${datasource}'])]);
    }
  });
});

describe('an expression', () => {
  it('with mistakes is not accepted', () => {
    const mistaken = 'sum by (le, colour) (rate(ciam_logins_total{outcom="a,b{c=1}",job!~"x"}[5m])) > 0.5';
    expect(unknownIn(mistaken)).toEqual(['outcom', 'colour']);
    expect(unknownIn('ciam_ready == 1 and on (instance) up{job="nest-ciam"} or absent(ciam_read)')).toEqual([
      'ciam_read',
    ]);
  });
});
