import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { APP_ID, anApplication, anAuthSource, loginRequest } from '../src/testing/factories.js';
import { seen, startService, type RunningService } from './support/service.js';

describe('POST /oauth2/token over HTTP', () => {
  let service: RunningService;
  let endpoint: string;

  beforeAll(async () => {
    service = await startService();
    service.simulator.wechat.addUser({ id: 'band' });
    await service.register({ applications: [anApplication()], authSources: [anAuthSource()] });
    endpoint = `${service.url}/oauth2/token`;
  });

  afterAll(() => service.close());

  const invalidRequest = (error_description: string) => ({ error: 'invalid_request', error_description });
  const aBody = () => JSON.stringify(loginRequest(service.simulator.wechat.login(APP_ID, 'band')));
  const post = (body: string | Buffer | URLSearchParams | undefined, headers: Record<string, string>) =>
    fetch(endpoint, { method: 'POST', body, headers });

  async function expectError(response: Response, status: number, body: object): Promise<void> {
    expect([response.status, await response.json()]).toEqual([status, body]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json;charset=UTF-8',
      'cache-control': 'no-store',
      pragma: 'no-cache',
      'x-content-type-options': 'nosniff',
    });
    expect(response.headers.has('x-powered-by')).toBe(false);
  }

  it.each([
    ['application/json'],
    ['application/json; charset=utf-8'],
    ['APPLICATION/JSON;CHARSET="UTF-8"'],
    ['application/json; charset=utf8; x=y'],
  ])('takes Content-Type %s', async (type) => {
    expect((await post(aBody(), { 'Content-Type': type })).status).toBe(200);
  });

  it.each([
    ['text/plain'],
    ['multipart/form-data; boundary=x'],
    ['application/jsonp'],
    ['application/json; charset=gbk'],
    ['application/x-www-form-urlencoded; charset=iso-8859-1'],
    [''],
  ])('refuses Content-Type "%s"', async (type) => {
    await expectError(
      await post(aBody(), { 'Content-Type': type }),
      400,
      invalidRequest('Unsupported content type'),
    );
  });

  it('refuses a request without body and content type', async () => {
    await expectError(await post(undefined, {}), 400, invalidRequest('Unsupported content type'));
  });

  it.each(['gzip', 'deflate', 'br', 'x-unknown'])(
    'refuses a body with Content-Encoding %s',
    async (encoding) => {
      const headers = { 'Content-Type': 'application/json', 'Content-Encoding': encoding };
      await expectError(
        await post(gzipSync(aBody()), headers),
        400,
        invalidRequest('Unsupported content type'),
      );
    },
  );

  it.each([
    ['nothing', ''],
    ['half an object', '{"grant_type":'],
    ['a form', 'grant_type=x'],
    ['an array', '[]'],
    ['a string', '"x"'],
    ['null', 'null'],
    ['a number', '1'],
    ['two objects', '{}{}'],
    ['bytes that are not UTF-8', Buffer.from('{"grant_type":"\xff"}', 'latin1')],
  ])('refuses JSON that is %s', async (_, body) => {
    const headers = { 'Content-Type': 'application/json' };
    await expectError(await post(body, headers), 400, invalidRequest('Malformed request body'));
  });

  it.each([
    ['a broken escape', 'grant_type=%zz'],
    ['half an escape', 'grant_type=%e'],
    ['an escape that is not UTF-8', 'grant_type=%ff'],
    ['bytes that are not UTF-8', Buffer.from('grant_type=\xff', 'latin1')],
  ])('refuses a form with %s', async (_, body) => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    await expectError(await post(body, headers), 400, invalidRequest('Malformed request body'));
  });

  it.each([
    'grant_type',
    'client_id',
    'client_secret',
    'auth_source_id',
    'js_code',
    'getUserInfo',
    'iv',
    'scope',
  ])('refuses a form that repeats %s, empty or not', async (name) => {
    const form = new URLSearchParams({ ...loginRequest('code'), [name]: '' });
    form.append(name, 'x');
    await expectError(await post(form, {}), 400, invalidRequest(`Repeated parameter: ${name}`));
  });

  it.each(['TRUE', '1', 'on', 'yes'])('refuses the form boolean %s', async (getUserInfo) => {
    const form = new URLSearchParams({ ...loginRequest('code'), getUserInfo });
    await expectError(await post(form, {}), 400, invalidRequest('Invalid parameter: getUserInfo'));
  });

  it('reads a form of many names, and one name many times', async () => {
    const names = Array.from({ length: 16_000 }, (_, index) => index.toString(36)).join('&');
    const repeated = 'a&'.repeat(30_000);
    for (const body of [names, repeated]) {
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const expected = invalidRequest('Missing required parameter: grant_type');
      await expectError(await post(body.slice(0, 65_536), headers), 400, expected);
    }
  });

  it('an empty form lacks grant_type', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    await expectError(await post('', headers), 400, invalidRequest('Missing required parameter: grant_type'));
  });

  it('takes a body of 64 KiB and refuses one of a byte more', async () => {
    const filled = (size: number) => {
      const body = aBody();
      return body + ' '.repeat(size - body.length);
    };
    const headers = { 'Content-Type': 'application/json' };
    expect((await post(filled(65_536), headers)).status).toBe(200);
    await expectError(await post(filled(65_537), headers), 413, invalidRequest('Request body too large'));
  });

  it('refuses a body that grows past 64 KiB without having said so', async () => {
    const body = await new Promise<string>((resolve, reject) => {
      const headers = { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' };
      const request = httpRequest(endpoint, { method: 'POST', headers }, (response) => {
        let text = `${response.statusCode} `;
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(text));
      });
      request.on('error', reject);
      for (let chunk = 0; chunk < 65; chunk++) request.write('x'.repeat(1024));
      request.end();
    });
    expect(body).toBe(`413 ${JSON.stringify(invalidRequest('Request body too large'))}`);
  });

  it('survives clients that leave in the middle of their body', async () => {
    const { port } = new URL(service.url);
    for (let client = 0; client < 20; client++) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1', () => {
          const head =
            'POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n';
          socket.end(`${head}\r\n{"grant_type"`, () => socket.destroy());
        });
        socket.on('close', () => resolve());
      });
    }
    expect((await post(aBody(), { 'Content-Type': 'application/json' })).status).toBe(200);
  });

  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
    const response = await fetch(endpoint, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    if (method !== 'HEAD') expect(await response.json()).toEqual(invalidRequest('Method not allowed'));
  });

  it.each([
    '/oauth2',
    '/oauth2/',
    '/oauth2/tokens',
    '/oauth2/token/',
    '/oauth2/TOKEN',
    '/oauth2/token/x',
    '/oauth2/a/b?c=d',
    '/oauth2/%7Bx%7D',
    '/oauth2/%zz',
  ])('knows no %s', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      await expectError(await fetch(service.url + path, { method }), 404, invalidRequest('Not found'));
    }
  });

  it('says nosniff, and nothing of its framework or of the URL, outside of OAuth too', async () => {
    for (const path of ['/', '/unknown?access_token=MARKED', '/%zz-MARKED']) {
      const response = await fetch(service.url + path);
      const { headers } = response;
      expect(await response.text()).not.toContain('MARKED');
      expect([headers.get('x-content-type-options'), headers.get('x-powered-by')]).toEqual(['nosniff', null]);
    }
  });

  it('knows no path outside of OAuth that cannot be decoded', async () => {
    for (const path of ['/%', '/%zz', '/docs/%E0', '/health/live/%FF']) {
      expect(await seen(await fetch(service.url + path))).toEqual({
        status: 404,
        body: { statusCode: 404, message: 'Not found' },
      });
    }
  });

  it('never echoes what was sent', async () => {
    const marked = {
      ...loginRequest('MARKED-code'),
      client_id: 'MARKED-client',
      auth_source_id: 'MARKED-source',
    };
    for (const body of [
      marked,
      { ...marked, client_id: loginRequest('x').client_id },
      { grant_type: 'MARKED' },
    ]) {
      const response = await post(JSON.stringify(body), { 'Content-Type': 'application/json' });
      expect(await response.text()).not.toContain('MARKED');
      expect([...response.headers.values()].join()).not.toContain('MARKED');
    }
  });
});
