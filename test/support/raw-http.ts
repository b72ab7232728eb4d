/** An answer as it stood on the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string | null;
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- compared as data by the tests
  readonly json: any;
}

type Query = Record<string, string>;

/** Requests to one server by global fetch: redirects not followed, nothing retried, nothing interpreted. */
export class RawHttp {
  constructor(private readonly base: string) {}

  get(path: string, query: Query = {}): Promise<RawAnswer> {
    return this.send(path, query, { method: 'GET' });
  }

  delete(path: string): Promise<RawAnswer> {
    return this.send(path, {}, { method: 'DELETE' });
  }

  /** An object is sent as JSON, a text as it is. */
  post(path: string, body: unknown, query: Query = {}): Promise<RawAnswer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.send(path, query, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: text,
    });
  }

  private async send(path: string, query: Query, init: RequestInit): Promise<RawAnswer> {
    const url = new URL(path, this.base);
    url.search = new URLSearchParams(query).toString();
    const response = await fetch(url, { ...init, redirect: 'manual' });
    const text = await response.text();
    return {
      status: response.status,
      contentType: response.headers.get('content-type'),
      text,
      json: parse(text),
    };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
