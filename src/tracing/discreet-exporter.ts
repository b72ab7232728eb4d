import { Logger } from '@nestjs/common';
import { SpanKind, type Attributes } from '@opentelemetry/api';
import { type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace-node';

type Done = Parameters<SpanExporter['export']>[1];

/** The code of an export that went well; of a package that only the SDK depends on. */
const TAKEN = 0 as Parameters<Done>[0]['code'];

/** What a span may say. All else that a library knows of a request is nobody's business: URLs, headers, addresses. */
const ALLOWED = [
  'http.request.method',
  'http.route',
  'http.response.status_code',
  'error.type',
  'server.address',
  'server.port',
  // Of calls to WeChat: one of a few. What callers ask of us is told by its route.
  'url.path',
  'url.scheme',
  'db.system.name',
  'db.namespace',
  'db.query.text',
];

/**
 * Exports what is safe to be read by others, and of it what belongs to a request.
 *
 * Attributes are few; events, links and the messages of errors, in which databases quote values, are left out. A
 * collector that cannot be reached is told of once, until it can be.
 */
export class DiscreetExporter implements SpanExporter {
  private readonly logger = new Logger('Tracing');
  private isFailing = false;

  constructor(private readonly exporter: SpanExporter) {}

  export(spans: ReadableSpan[], done: Done): void {
    this.exporter.export(spans.filter(isOfRequest).map(discreet), (result) => {
      this.exported(result.code === TAKEN);
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.exporter.forceFlush?.();
  }

  private exported(isTaken: boolean): void {
    if (isTaken && this.isFailing) this.logger.log('The collector takes traces again');
    if (!isTaken && !this.isFailing) {
      this.logger.warn('The collector does not take traces: they are lost until it does');
    }
    this.isFailing = !isTaken;
  }
}

/** Rather than of a job, which asks the database every two seconds. */
function isOfRequest({ kind, parentSpanContext }: ReadableSpan): boolean {
  return kind === SpanKind.SERVER || parentSpanContext !== undefined;
}

function discreet(span: ReadableSpan): ReadableSpan {
  const attributes = Object.entries(span.attributes).filter(([name]) => isAllowed(name, span.kind));
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => span.spanContext(),
    parentSpanContext: span.parentSpanContext,
    startTime: span.startTime,
    endTime: span.endTime,
    status: { code: span.status.code },
    attributes: Object.fromEntries<Attributes[string]>(attributes),
    links: [],
    events: [],
    duration: span.duration,
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
}

function isAllowed(name: string, kind: SpanKind): boolean {
  // The host that a caller names is the caller's choice.
  if (kind === SpanKind.SERVER && (name === 'url.path' || name.startsWith('server.'))) return false;
  return ALLOWED.includes(name);
}
