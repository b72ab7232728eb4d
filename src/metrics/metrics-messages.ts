import { type MetricObjectWithValues, type MetricValue } from 'prom-client';

/** The metrics of one process, as they travel. */
export type Report = readonly MetricObjectWithValues<MetricValue<string>>[];

/** What workers and their primary say to each other about metrics. */
export type MetricsMessage =
  /** A worker is asked for metrics by Prometheus, and asks the primary for those of all. */
  | { readonly metrics: 'scrape'; readonly id: number }
  /** The primary asks a worker for its own. */
  | { readonly metrics: 'report'; readonly id: number }
  | { readonly metrics: 'reported'; readonly id: number; readonly report: Report }
  /** The metrics of all, in the exposition format. */
  | { readonly metrics: 'scraped'; readonly id: number; readonly text: string };

export function isMetricsMessage(message: unknown): message is MetricsMessage {
  return typeof (message as { metrics?: unknown } | null)?.metrics === 'string';
}
