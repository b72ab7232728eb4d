import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** A line to a server that a test can cut or block. */
export interface TcpProxy {
  readonly port: number;
  /** Resets every connection and refuses new ones, until restored. */
  cut(): void;
  /** Keeps every connection and lets nothing through, until restored. */
  block(): void;
  /** Blocks as soon as a client sends what contains `text`, which is the first thing that is not let through. */
  blockAt(text: string): void;
  /**
   * Lets the first thing through that contains `text`, and nothing more of its connection: no answer comes back.
   *
   * @param after what that connection must have been sent before: others send such things, too
   */
  loseAnswerTo(text: string, after?: string): void;
  /** Resets every connection; new ones work. */
  reset(): void;
  /** Everything that a server sends arrives so much later, in milliseconds. */
  delay(ms: number): void;
  restore(): void;
  close(): Promise<void>;
}

/** @param port a function when the server starts only after the proxy */
export async function startTcpProxy(host: string, port: number | (() => number)): Promise<TcpProxy> {
  let state: 'open' | 'cut' | 'blocked' = 'open';
  let trigger: string | undefined;
  let unanswered: { readonly text: string; readonly after: string } | undefined;
  let delayMs = 0;
  const sockets = new Set<Socket>();
  const block = () => {
    state = 'blocked';
    sockets.forEach((socket) => socket.pause());
  };
  const server = createServer((client) => {
    if (state === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(typeof port === 'number' ? port : port(), host);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      let late = 0;
      let isAfter: typeof unanswered;
      let inOrder = Promise.resolve();
      sockets.add(from);
      if (state === 'blocked') from.pause();
      from.on('data', (data) => {
        const has = (text: string | undefined) =>
          from === client && text !== undefined && data.includes(text);
        if (has(trigger)) {
          block();
          return;
        }
        if (has(unanswered?.after)) isAfter = unanswered;
        if (isAfter && isAfter === unanswered && has(unanswered?.text)) {
          unanswered = undefined;
          upstream.pause();
        }
        if (from === upstream && (delayMs > 0 || late > 0)) {
          late++;
          const due = wait(delayMs);
          inOrder = inOrder
            .then(() => due)
            .then(() => {
              late--;
              to.write(data);
            });
        } else to.write(data);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    if (state === 'blocked') [client, upstream].forEach((socket) => socket.pause());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const destroyAll = () => sockets.forEach((socket) => socket.resetAndDestroy());
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      state = 'cut';
      destroyAll();
    },
    block,
    blockAt: (text) => (trigger = text),
    loseAnswerTo: (text, after = text) => (unanswered = { text, after }),
    reset: destroyAll,
    delay: (ms) => (delayMs = ms),
    restore: () => {
      trigger = unanswered = undefined;
      delayMs = 0;
      state = 'open';
      sockets.forEach((socket) => socket.resume());
    },
    close: async () => {
      destroyAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
