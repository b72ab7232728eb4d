import cluster, { type Worker } from 'node:cluster';
import { setTimeout as delay } from 'node:timers/promises';
import { MemoryCounter } from './memory-counter.js';
import { type RequestCounter, type Window } from './request-counter.js';

/** Long: a primary that does not answer at all is about to end its workers too. */
const ANSWER_WITHIN_MS = 1000;

interface Question {
  readonly rateLimit: 'count';
  readonly id: number;
  readonly client: string;
}

interface Answer {
  readonly rateLimit: 'window';
  readonly id: number;
  readonly window: Window;
}

/** Counts for the workers of this process, so that they share one limit. */
export function countForWorkers(): void {
  const counter = new MemoryCounter();
  cluster.on('message', (worker: Worker, message: unknown) => {
    if (!isMessage<Question>(message, 'count')) return;
    void counter.count(message.client).then((window) => {
      const answer: Answer = { rateLimit: 'window', id: message.id, window };
      // A worker that has just died waits for no answer.
      if (worker.isConnected()) worker.send(answer, () => undefined);
    });
  });
}

/** Counts requests in the primary process. When it does not answer within a second, `meanwhile` counts. */
export class PrimaryCounter implements RequestCounter {
  private readonly waiting = new Map<number, (window: Window) => void>();
  private lastId = 0;

  constructor(private readonly meanwhile: RequestCounter) {
    process.on('message', (message: unknown) => {
      if (isMessage<Answer>(message, 'window')) this.waiting.get(message.id)?.(message.window);
    });
  }

  async count(client: string): Promise<Window> {
    const id = ++this.lastId;
    const answered = new Promise<Window>((resolve) => this.waiting.set(id, resolve));
    const question: Question = { rateLimit: 'count', id, client };
    const tooLate = new AbortController();
    try {
      process.send?.(question, undefined, undefined, () => undefined);
      const silence = delay(ANSWER_WITHIN_MS, undefined, { signal: tooLate.signal }).catch(() => undefined);
      return (await Promise.race([answered, silence])) ?? (await this.meanwhile.count(client));
    } finally {
      tooLate.abort();
      this.waiting.delete(id);
    }
  }
}

function isMessage<Message extends Question | Answer>(
  message: unknown,
  kind: Message['rateLimit'],
): message is Message {
  return (message as Partial<Message> | null)?.rateLimit === kind;
}
