import { Logger } from '@nestjs/common';
import { SpanKind, SpanStatusCode, context, trace, type Attributes } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-node';
import { JsonLogger } from '../logging/json-logger.js';
import { DiscreetExporter } from './discreet-exporter.js';

/** What is exported of a span of a request that has all that a span can have. */
async function exported(kind: SpanKind, attributes: Attributes, isRoot = false) {
  const memory = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(new DiscreetExporter(memory))],
  });
  const tracer = provider.getTracer('test');
  const parent = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 };
  const around = isRoot ? context.active() : trace.setSpanContext(context.active(), parent);
  const span = tracer.startSpan('span', { kind, attributes, links: [{ context: parent }] }, around);
  span.addEvent('event', { secret: 'S' });
  span.recordException(new Error('S'));
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'S' });
  span.end();
  await provider.forceFlush();
  return memory.getFinishedSpans().map(({ name, attributes, events, links, status }) => ({
    name,
    attributes,
    events,
    links,
    status,
  }));
}

describe('DiscreetExporter', () => {
  const bare = { name: 'span', events: [], links: [], status: { code: SpanStatusCode.ERROR } };

  it('keeps of a call what says where it went, and nothing of what it carried', async () => {
    const attributes = {
      'http.request.method': 'GET',
      'url.full': 'https://api.weixin.qq.com/sns/jscode2session?secret=S',
      'url.query': '?secret=S',
      'url.path': '/sns/jscode2session',
      'http.url': '?secret=S',
      'http.target': '?secret=S',
      'http.request.header.authorization': ['S'],
      'user_agent.original': 'S',
      'network.peer.address': '192.0.2.1',
    };
    expect(await exported(SpanKind.CLIENT, attributes)).toEqual([
      { ...bare, attributes: { 'http.request.method': 'GET', 'url.path': '/sns/jscode2session' } },
    ]);
  });

  it('keeps of a request its route, not its path, its address or its host', async () => {
    const attributes = {
      'http.route': '/admin/v1/users/:id',
      'url.path': '/admin/v1/users/1',
      'client.address': '192.0.2.1',
      'server.address': 'S',
      'server.port': 80,
    };
    expect(await exported(SpanKind.SERVER, attributes)).toEqual([
      { ...bare, attributes: { 'http.route': '/admin/v1/users/:id' } },
    ]);
  });

  it('keeps a request that begins a trace, and nothing else that does', async () => {
    expect(await exported(SpanKind.SERVER, {}, true)).toHaveLength(1);
    expect(await exported(SpanKind.CLIENT, { 'db.query.text': 'SELECT ?' }, true)).toEqual([]);
  });

  it('says once that spans are not taken, and once that they are again', () => {
    const lines: string[] = [];
    Logger.overrideLogger(new JsonLogger('info', { write: (line) => void lines.push(line) }));
    const codes = [0, 1, 1, 1, 0, 0, 1];
    const results: unknown[] = [];
    const exporter: SpanExporter = {
      export: (_spans, done) => done({ code: codes.shift()! }),
      shutdown: () => Promise.resolve(),
    };
    const discreet = new DiscreetExporter(exporter);
    for (let i = 0; i < 7; i++) discreet.export([], ({ code }) => results.push(code));
    Logger.overrideLogger(false);
    expect(results).toEqual([0, 1, 1, 1, 0, 0, 1]);
    const [away, back] = [
      'The collector does not take traces: they are lost until it does',
      'The collector takes traces again',
    ];
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([away, back, away]);
  });
});
