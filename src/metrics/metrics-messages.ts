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

/** Those who wait for an answer, by the id of their question. */
export class Questions<Answer> {
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private lastId = 0;

  /**
   * @param send asks the question
   * @returns the answer, or `undefined` when there is none within `waitMs`
   */
  ask(waitMs: number, send: (id: number) => void): Promise<Answer | undefined> {
    const id = ++this.lastId;
    return new Promise((resolve) => {
      const end = (answer?: Answer) => {
        clearTimeout(timer);
        this.waiting.delete(id);
        resolve(answer);
      };
      const timer = setTimeout(end, waitMs);
      this.waiting.set(id, end);
      send(id);
    });
  }

  answer(id: number, answer: Answer): void {
    this.waiting.get(id)?.(answer);
  }
}
