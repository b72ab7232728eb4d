import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { RawHttp } from './support/raw-http.js';

const MAIN = 'dist/src/simulator/main.js';

describe('the simulator as a program', () => {
  let simulator: ChildProcessByStdio<null, Readable, Readable>;

  afterEach(() => {
    simulator.kill('SIGKILL');
  });

  function start(port: number | string): void {
    simulator = spawn(process.execPath, [MAIN], {
      env: { PATH: process.env.PATH, SIMULATOR_PORT: `${port}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'prints its URL, serves the sample app and ends with 0 on %s, a hanging call or not',
    async (signal) => {
      start(0);
      const [line] = (await once(createInterface(simulator.stdout), 'line')) as [string];
      const url = /^WeChat simulator: (http:\/\/127\.0\.0\.1:\d+)$/.exec(line)?.[1] ?? '';
      const http = new RawHttp(url);
      const sample = { appid: 'wx4f4bc4dec97d474b', secret: 'demo-wechat-app-secret' };
      const token = await http.get('/cgi-bin/token', { grant_type: 'client_credential', ...sample });
      expect(token.json).toEqual({ access_token: expect.any(String), expires_in: 7200 });
      await http.post('/simulator/faults', { path: '/cgi-bin/token', kind: 'hang' });
      const hanging = http.get('/cgi-bin/token').catch((error: Error) => error.message);
      let calls = 1;
      while (calls < 2) calls = ((await http.get('/simulator/calls')).json as unknown[]).length;
      const ended = once(simulator, 'exit');
      simulator.kill(signal);
      expect(await ended).toEqual([0, null]);
      expect(await hanging).toBe('fetch failed');
    },
  );

  it('ends with 1 and a message when its port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    start((holder.address() as AddressInfo).port);
    const [[code], message] = await Promise.all([once(simulator, 'exit'), text(simulator.stderr)]);
    holder.close();
    expect(code).toBe(1);
    expect(message).toMatch(/^The WeChat simulator cannot listen on SIMULATOR_PORT: .*EADDRINUSE.*\n$/);
  });

  it('ends with 1 and a message when its port is not a number', async () => {
    start('ninety');
    const [[code], message] = await Promise.all([once(simulator, 'exit'), text(simulator.stderr)]);
    expect(code).toBe(1);
    expect(message).toMatch(/^The WeChat simulator cannot listen on SIMULATOR_PORT: .*\n$/);
  });
});
