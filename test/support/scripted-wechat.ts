import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

/** One request as it arrived; the query and a JSON body as data. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown> | undefined;
}

/** What the server says: JSON text under status 200, or whatever the function does with the response. */
export type Answer = string | ((response: ServerResponse) => void);

export interface ScriptedWechat {
  readonly url: string;
  readonly requests: ReceivedRequest[];
  close(): Promise<void>;
}

/** An HTTP server that says exactly what it is told, for replies that no faithful WeChat would give. */
export async function startScriptedWechat(
  answer: (request: ReceivedRequest, index: number) => Answer | Promise<Answer>,
): Promise<ScriptedWechat> {
  const requests: ReceivedRequest[] = [];
  const server = createServer((incoming, response) => {
    void receive(incoming).then(async (request) => {
      const index = requests.push(request) - 1;
      const said = await answer(request, index);
      if (typeof said === 'function') said(response);
      else response.setHeader('content-type', 'text/plain').end(said);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function receive(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const url = new URL(incoming.url!, 'http://wechat');
  return {
    method: incoming.method!,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: incoming.headers,
    body: text ? (JSON.parse(text) as Record<string, unknown>) : undefined,
  };
}
