import { readFileSync } from 'node:fs';
import { appOptions } from '../src/simulator/state/app.js';
import { personOptions } from '../src/simulator/state/person.js';
import { endpointPaths } from '../src/simulator/endpoints/endpoint-paths.js';
import { fault } from '../src/simulator/faults/fault.js';
import { startSimulator, type RunningSimulator } from '../src/simulator/start-simulator.js';
import { RawHttp } from './support/raw-http.js';

const readme = readFileSync(new URL('../src/simulator/README.md', import.meta.url), 'utf8');
const SAMPLE = { appid: 'wx4f4bc4dec97d474b', secret: 'demo-wechat-app-secret' };

describe("the simulator's README", () => {
  let simulator: RunningSimulator;
  let http: RawHttp;

  beforeAll(async () => {
    simulator = await startSimulator({ apps: [SAMPLE] });
    http = new RawHttp(simulator.url);
  });
  afterAll(() => simulator.close());

  it('shows two curl commands that log a user in', async () => {
    const [code, session] = [
      ...readme.matchAll(/^curl -s '?http:\/\/127\.0\.0\.1:9100(\S+?)'?(?: -d '(.*)')?$/gm),
    ];
    const login = await http.post(code?.[1] ?? '', code?.[2] ?? '');
    expect(login.json).toEqual({
      js_code: expect.any(String),
      user: expect.any(String),
      encryptedData: expect.any(String),
      iv: expect.any(String),
    });
    const answer = await http.get((session?.[1] ?? '').split('?')[0] ?? '', {
      ...Object.fromEntries(new URLSearchParams((session?.[1] ?? '').split('?')[1])),
      js_code: login.json.js_code as string,
    });
    expect(answer.json).toEqual({
      session_key: expect.any(String),
      openid: expect.any(String),
      unionid: expect.any(String),
    });
  });

  it('shows faults that the simulator takes, of every kind', async () => {
    const shown = [...readme.matchAll(/`(\{"kind":.*?\})`/g)].map(
      ([, json]) => JSON.parse(json ?? '') as object,
    );
    for (const example of shown) {
      const script = { path: endpointPaths.jscode2session, ...example };
      expect([(await http.post('/simulator/faults', script)).status, example]).toEqual([204, example]);
    }
    const kinds = fault.options.map((option) => option.shape.kind.value);
    expect(new Set(shown.map((example) => (example as { kind: string }).kind))).toEqual(new Set(kinds));
  });

  it('names every member of an app and of a user', () => {
    for (const member of [...Object.keys(appOptions.shape), ...Object.keys(personOptions.shape)]) {
      expect(readme).toContain(`\`${member}\``);
    }
  });

  it('lists every endpoint', () => {
    for (const path of Object.values(endpointPaths)) expect(readme).toContain(path);
  });
});
