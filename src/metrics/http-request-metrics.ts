import { Injectable } from '@nestjs/common';
import { type NextFunction, type Request, type Response } from 'express';
import { Histogram } from 'prom-client';
import { MetricsRegistry } from './metrics-registry.js';

/** Those that some route of ours has; what else a caller may think of counts as one. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE']);

/** How long requests take, by route rather than by path: paths have ids in them, and callers invent paths. */
@Injectable()
export class HttpRequestMetrics {
  private readonly duration: Histogram<'method' | 'route' | 'status'>;

  constructor(registry: MetricsRegistry) {
    this.duration = new Histogram({
      name: 'ciam_http_request_duration_seconds',
      help: 'Time from the arrival of a request to the end of its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    });
  }

  /** Measures a request, from here until its connection or its answer is over. */
  readonly observe = (request: Request, response: Response, next: NextFunction): void => {
    const startedAt = performance.now();
    response.once('close', () => {
      const { path: route = 'unknown' } = (request.route ?? {}) as { readonly path?: string };
      const method = METHODS.has(request.method) ? request.method : 'other';
      const labels = { method, route, status: statusOf(response) };
      this.duration.observe(labels, (performance.now() - startedAt) / 1000);
    });
    next();
  };
}

/** The class of the status; `aborted` when the client did not wait for the answer. */
function statusOf({ statusCode, writableFinished }: Response): string {
  return writableFinished ? `${Math.floor(statusCode / 100)}xx` : 'aborted';
}
