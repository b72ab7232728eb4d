import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

const NOTHING = Buffer.alloc(0);
const END_OF_HEAD = '\r\n\r\n';

/**
 * A kept HTTP/1.1 connection with one request at a time on it.
 *
 * It reads of an answer its status and as many bytes as `Content-Length` says, and nothing else: the machine's cores are
 * the server's.
 */
export class HttpConnection {
  private received: Buffer = NOTHING;
  private waiting: PromiseWithResolvers | undefined;

  private constructor(
    url: string,
    private readonly socket: Socket,
  ) {
    socket.on('data', (bytes) => this.read(bytes));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error(`${url} has closed a connection`)));
  }

  static async open(url: string): Promise<HttpConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    return new HttpConnection(url, socket);
  }

  /** @param request a whole one, from its request line to the end of its body */
  send(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(request);
    });
  }

  close(): void {
    this.waiting = undefined;
    this.socket.destroy();
  }

  private read(bytes: Buffer): void {
    this.received = this.received.length > 0 ? Buffer.concat([this.received, bytes]) : bytes;
    const endOfHead = this.received.indexOf(END_OF_HEAD);
    if (endOfHead < 0) return;
    const head = this.received.toString('latin1', 0, endOfHead);
    const [, length] = /\r\ncontent-length: (\d+)/i.exec(head) ?? [];
    if (length === undefined) return this.fail(new Error(`An answer without a length:\n${head}`));
    const start = endOfHead + END_OF_HEAD.length;
    const end = start + Number(length);
    if (this.received.length < end) return;
    const answer = { status: Number(head.slice(9, 12)), body: this.received.subarray(start, end) };
    const { waiting } = this;
    this.received = NOTHING;
    this.waiting = undefined;
    waiting?.resolve(answer);
  }

  private fail(error: Error): void {
    this.waiting?.reject(error);
    this.waiting = undefined;
  }
}

interface PromiseWithResolvers {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}
