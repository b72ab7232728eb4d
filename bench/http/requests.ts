/** Whole HTTP/1.1 requests, made before anything is measured. */

const HOST = 'Host: id.example.com\r\n';

export function get(path: string, headers = ''): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\n${HOST}${headers}\r\n`);
}

export function postJson(path: string, body: object): Buffer {
  return post(path, 'application/json', JSON.stringify(body));
}

export function postForm(path: string, body: Record<string, string>, headers = ''): Buffer {
  return post(path, 'application/x-www-form-urlencoded', new URLSearchParams(body).toString(), headers);
}

function post(path: string, type: string, body: string, headers = ''): Buffer {
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\n${HOST}Content-Type: ${type}\r\n${length}${headers}\r\n${body}`,
  );
}
