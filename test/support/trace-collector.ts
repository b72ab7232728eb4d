import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { bytesIn, fieldsOf, textIn, type Fields } from './protobuf.js';

/** A span as it was exported. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first span of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: 'server' | 'client' | 'other';
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly service: unknown;
  /** How many of events, links, trace state and an error's message it has. */
  readonly unsafeFields: number;
}

/** An OpenTelemetry collector, as far as it takes traces by OTLP over HTTP. */
export interface TraceCollector {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** The headers of each export. */
  readonly headers: readonly NodeJS.Dict<string | string[]>[];
  /** Everything that was sent, as text. */
  payload(): string;
  close(): Promise<void>;
}

/** @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
export async function startTraceCollector(port = 0): Promise<TraceCollector> {
  const bodies: Buffer[] = [];
  const spans: CollectedSpan[] = [];
  const headers: NodeJS.Dict<string | string[]>[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      if (request.url === '/v1/traces') {
        bodies.push(body);
        headers.push(request.headers);
        spans.push(...spansOf(body));
      }
      response.writeHead(request.url === '/v1/traces' ? 200 : 404).end();
    });
  });
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    headers,
    payload: () => Buffer.concat(bodies).toString('latin1'),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function spansOf(body: Buffer): CollectedSpan[] {
  return within(fieldsOf(body), 1).flatMap((resourceSpans) => {
    const service = attributesOf(within(resourceSpans, 1)[0] ?? new Map<number, never>(), 1)['service.name'];
    return within(resourceSpans, 2)
      .flatMap((scopeSpans) => within(scopeSpans, 2))
      .map((span) => spanOf(span, service));
  });
}

function spanOf(span: Fields, service: unknown): CollectedSpan {
  const [status = new Map() as Fields] = within(span, 15);
  return {
    traceId: bytesIn(span, 1).toString('hex'),
    spanId: bytesIn(span, 2).toString('hex'),
    parentSpanId: bytesIn(span, 4).toString('hex'),
    name: textIn(span, 5),
    kind: ({ 2: 'server', 3: 'client' } as const)[Number(span.get(6)?.[0])] ?? 'other',
    attributes: attributesOf(span, 9),
    service,
    unsafeFields: [bytesIn(span, 3), bytesIn(span, 11), bytesIn(span, 13), bytesIn(status, 2)].filter(
      ({ length }) => length > 0,
    ).length,
  };
}

function attributesOf(fields: Fields, field: number): Record<string, unknown> {
  const pairs = within(fields, field).map((pair) => {
    const [value = new Map() as Fields] = within(pair, 2);
    return [textIn(pair, 1), value.has(1) ? textIn(value, 1) : Number(value.get(3)?.[0])] as const;
  });
  return Object.fromEntries(pairs);
}

/** The messages of a field. */
function within(fields: Fields, field: number): Fields[] {
  return (fields.get(field) ?? []).map((bytes) => fieldsOf(bytes as Buffer));
}
