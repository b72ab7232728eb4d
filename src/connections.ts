import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/** The connections of a server, and the answers that each of them waits for. */
export class Connections {
  private readonly answers = new Map<Socket, Set<ServerResponse>>();
  private draining = false;

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => this.opened(socket));
    // Before the application, which may answer at once.
    server.prependListener('request', (request, response) => this.asked(request, response));
  }

  /** Requests that are not answered yet. */
  get requestsInFlight(): number {
    return [...this.answers.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Accepts no more connections, closes those that wait for nothing, and resolves when the others have their answers
   * (`Connection: close`) and are closed too.
   */
  async drain(): Promise<void> {
    this.draining = true;
    const closed = once(this.server, 'close');
    this.server.close();
    // An answer before the last may not end its connection: the next request has been read from it.
    for (const waiting of this.answers.values()) announceClose([...waiting].at(-1));
    // A request that has already arrived, but has not been read yet, is one in flight.
    await turn();
    await turn();
    for (const [socket, waiting] of this.answers) {
      if (waiting.size === 0) socket.destroy();
    }
    await closed;
  }

  private opened(socket: Socket): void {
    this.answers.set(socket, new Set());
    socket.once('close', () => this.answers.delete(socket));
  }

  private asked({ socket }: IncomingMessage, response: ServerResponse): void {
    const waiting = this.answers.get(socket);
    waiting?.add(response);
    if (this.draining) announceClose(response);
    response.once('close', () => {
      waiting?.delete(response);
      if (this.draining && waiting?.size === 0) socket.destroySoon();
    });
  }
}

function announceClose(response: ServerResponse | undefined): void {
  if (response?.headersSent === false) response.setHeader('Connection', 'close');
}
