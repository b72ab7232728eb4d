import { type Dispatcher } from 'undici';

/** What comes back for one request: the HTTP library tells it what happens, and the deadline ends it. */
export class HttpReply implements Dispatcher.DispatchHandler {
  /** Ends with the last byte, the deadline, or the fault of the HTTP library. */
  readonly complete: Promise<void>;
  /** Whether the library has begun to write the request: until then, nothing of it can have been sent. */
  requested = false;
  status = 0;

  private readonly chunks: Buffer[] = [];
  private controller: Dispatcher.DispatchController | undefined;
  private over = false;
  private resolve: () => void;
  private reject: (reason: Error) => void;

  constructor(private readonly deadline: AbortSignal) {
    this.complete = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    if (deadline.aborted) this.abort();
    // Whoever waits for a connection, or for the rest of a reply, is told by nobody else.
    else deadline.addEventListener('abort', this.abort);
  }

  get bytes(): Uint8Array {
    const [first, ...others] = this.chunks;
    return first && others.length === 0 ? first : Buffer.concat(this.chunks);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // The library does not forget a request that waits for its connection; it lets itself be kept from writing it.
    if (this.over) return controller.abort(this.deadline.reason as Error);
    this.controller = controller;
    this.requested = true;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.end();
    this.resolve();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.over) return;
    this.end();
    this.reject(error);
  }

  private readonly abort = (): void => {
    this.end();
    const reason = this.deadline.reason as Error;
    this.reject(reason);
    this.controller?.abort(reason);
  };

  private end(): void {
    this.over = true;
    this.deadline.removeEventListener('abort', this.abort);
  }
}
