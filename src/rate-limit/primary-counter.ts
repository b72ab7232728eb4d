import cluster, { type Worker } from 'node:cluster';
import { tellPrimary, tellWorker } from '../cluster/messages.js';
import { Questions } from '../cluster/questions.js';
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
      tellWorker<Answer>(worker, { rateLimit: 'window', id: message.id, window });
    });
  });
}

/** Counts requests in the primary process. When it does not answer within a second, `meanwhile` counts. */
export class PrimaryCounter implements RequestCounter {
  private readonly questions = new Questions<Window>();

  constructor(private readonly meanwhile: RequestCounter) {
    process.on('message', (message: unknown) => {
      if (isMessage<Answer>(message, 'window')) this.questions.answer(message.id, message.window);
    });
  }

  async count(client: string): Promise<Window> {
    const window = await this.questions.ask(ANSWER_WITHIN_MS, (id) =>
      tellPrimary<Question>({ rateLimit: 'count', id, client }),
    );
    return window ?? (await this.meanwhile.count(client));
  }
}

function isMessage<Message extends Question | Answer>(
  message: unknown,
  kind: Message['rateLimit'],
): message is Message {
  return (message as Partial<Message> | null)?.rateLimit === kind;
}
