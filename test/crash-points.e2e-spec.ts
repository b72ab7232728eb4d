import { isDeepStrictEqual } from 'node:util';
import { type AuthSourceSettings } from '../src/auth-sources/auth-source-settings.js';
import { damagesOf } from './support/crash-points/footprint.js';
import { instrumentBuild, type InstrumentedBuild } from './support/crash-points/instrumented-build.js';
import { Person } from './support/crash-points/person.js';
import { decisivePoints, passesByFile, type PassedPoint } from './support/crash-points/points.js';
import { CrashableProcesses } from './support/crash-points/processes.js';
import { USE_CASES, type UseCase } from './support/crash-points/use-cases.js';
import { anAuthSource, APP_ID } from '../src/testing/factories.js';
import { startSharedService, type SharedService } from './support/shared-service.js';
import { registerSessions } from './support/sessions.js';

/**
 * A process is killed once for each thing that a request sends out, at the last point before it: the points from one
 * such thing to the next leave the same behind, because what is in memory dies. To kill it at each point nevertheless,
 * which takes ten times as long:
 *
 *     CRASH_POINTS=all npm test -- test/crash-points
 */
const all = process.env.CRASH_POINTS === 'all';

const MOST_MS = 60 * 60_000;

describe('a process that is killed', () => {
  let shared: SharedService;
  let build: InstrumentedBuild;
  let processes: CrashableProcesses;
  let people = 0;

  beforeAll(async () => {
    build = await instrumentBuild();
    shared = await startSharedService();
    shared.service.simulator.wechat.addApp({ appid: APP_ID, unionid: true });
    await registerSessions(shared.service);
    const attribute_mapping: AuthSourceSettings['attribute_mapping'] = [
      { from: 'nickName', to: 'nickname' },
      { from: 'phoneNumber', to: 'phone_number' },
    ];
    await shared.service.register({ authSources: [anAuthSource({ attribute_mapping })] });
    // The very first token says how long its key is needed.
    await newPerson().signIn();
    processes = new CrashableProcesses((environment, main) => shared.spawn(environment, main), build.main);
  });

  afterAll(async () => {
    await processes?.close();
    await shared?.close();
    await build?.remove();
  });

  const newPerson = () => new Person(`person-${++people}`, shared.service);

  /** The points that one request passes in a process that has answered none before. */
  async function record(useCase: UseCase): Promise<PassedPoint[]> {
    const person = newPerson();
    await useCase.prepare(person);
    const { process, send } = await processes.take();
    const response = await send(useCase.request(person), { 'X-Record-Points': '1' });
    expect(response.status).toBe(200);
    const [line] = await process.said('Points passed');
    process.signal('SIGTERM');
    await process.end;
    expect(await person.footprint()).toEqual(useCase.after[0]);
    return line!.passed as PassedPoint[];
  }

  /** @returns whether the request had been handled when the process died */
  async function dieAt({ name, time }: PassedPoint, useCase: UseCase): Promise<boolean> {
    const person = newPerson();
    await useCase.prepare(person);
    const { process, send } = await processes.take();
    const answer = send(useCase.request(person), { 'X-Crash-At': `${name} ${time}` });
    await expect(answer).rejects.toThrow('fetch failed');
    expect(await process.end).toEqual({ code: null, signal: 'SIGKILL' });
    const left = await person.footprint();
    const times = [useCase.before, useCase.after[0]].findIndex((whole) => isDeepStrictEqual(left, whole));
    // Neither: half of it.
    if (times < 0) expect(left).toEqual(useCase.after[0]);
    expect(await damagesOf(shared.service.dataSource.manager)).toEqual([]);
    const tokens = await person.ask(useCase.request(person));
    expect(await person.footprint()).toEqual(useCase.after[times]);
    await person.goOn(tokens);
    expect(await damagesOf(shared.service.dataSource.manager)).toEqual([]);
    return times === 1;
  }

  it.each(USE_CASES)(
    'in the middle of $name leaves nothing half done and nobody behind',
    async (useCase) => {
      const passed = await record(useCase);
      const passes = passesByFile(passed);
      expect(Object.keys(passes)).toEqual(expect.arrayContaining([...useCase.files]));
      const points = all ? passed : decisivePoints(passed);
      const outcomes: string[] = [];
      for (const point of points) {
        const handled = await dieAt(point, useCase).catch((cause: unknown) => {
          throw new Error(`Killed at ${point.name}, time ${point.time}`, { cause });
        });
        outcomes.push(handled ? 'handled' : 'not handled');
      }
      // Once, and for good.
      expect(outcomes).toEqual([...outcomes].sort().reverse());
      expect(new Set(outcomes).size).toBe(2);
      report(useCase, passed, points);
    },
    MOST_MS,
  );
});

function report({ name }: UseCase, passed: PassedPoint[], killedAt: PassedPoint[]): void {
  const names = new Set(passed.map((point) => point.name));
  process.stderr.write(
    `${name}: ${names.size} points, passed ${passed.length} times, killed ${killedAt.length} times\n`,
  );
}
