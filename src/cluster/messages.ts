import { type Worker } from 'node:cluster';

/** Sends a worker what it has asked for. One that has just died waits for no answer. */
export function tellWorker<Message extends object>(worker: Worker, message: Message): void {
  if (worker.isConnected()) worker.send(message, () => undefined);
}

/** Sends a message to the primary process. One that has just ended hears nothing any more. */
export function tellPrimary<Message extends object>(message: Message): void {
  process.send?.(message, undefined, undefined, () => undefined);
}
