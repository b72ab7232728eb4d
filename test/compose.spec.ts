import { parseEnv } from 'node:util';
import { lintCompose, readCompose, type ComposeService } from './support/shipping/compose.js';
import { documentedVariables, readText, unknownVariables } from './support/shipping/repository.js';

const composeFile = readText('deploy/compose.yaml');
const { version: VERSION } = JSON.parse(readText('package.json')) as { version: string };
const CONDITIONS: Readonly<Record<string, string>> = {
  migrations: 'service_completed_successfully',
  mariadb: 'service_healthy',
  redis: 'service_healthy',
};

/** What is wrong with the Compose file: by its specification, and by what we ask of ours. */
function problemsOf(text: string): string[] {
  const { services, networks } = readCompose(text);
  const { ciam, migrations, ...stores } = services;
  if (!ciam || !migrations) return ['There is no service, or none that migrates'];
  return [
    ...lintCompose(text),
    ...Object.entries(services).flatMap(([name, service]) => hardeningProblems(name, service)),
    ...Object.entries(stores).flatMap(([name, store]) => {
      const isShut = store.networks?.every((network) => networks[network]?.internal) && !store.ports;
      return isShut ? [] : [`${name} can be reached from outside`];
    }),
    ...unknownVariables([ciam, migrations].flatMap(({ environment = {} }) => Object.keys(environment))),
    ...serviceProblems(ciam),
    ...unexplainedVariables(text),
  ];
}

function hardeningProblems(name: string, service: ComposeService): string[] {
  const problems: string[] = [];
  if (!service.read_only) problems.push(`${name} may write into its file system`);
  if (service.cap_drop?.join() !== 'ALL') problems.push(`${name} keeps capabilities`);
  if (!service.security_opt?.includes('no-new-privileges:true')) problems.push(`${name} may gain privileges`);
  if (!service.healthcheck?.test && name !== 'migrations') problems.push(`${name} has no health check`);
  return problems;
}

function serviceProblems({ environment = {}, ports, depends_on, healthcheck, ...service }: ComposeService) {
  const { PORT, SHUTDOWN_TIMEOUT_MS } = documentedVariables();
  const problems: string[] = [];
  const port = environment.PORT ?? PORT!;
  if (ports?.join() !== `127.0.0.1:${port}:${port}`) problems.push('The port is not that of the service');
  if (!healthcheck?.test?.at(-1)?.includes(`:${port}/health/ready`))
    problems.push('It is not asked whether it is ready');
  const graceMs = Number(/^(\d+)s$/.exec(service.stop_grace_period ?? '')?.[1] ?? 10) * 1000;
  const shutdownMs = Number(environment.SHUTDOWN_TIMEOUT_MS ?? SHUTDOWN_TIMEOUT_MS);
  if (graceMs < shutdownMs + 3000) problems.push('It is killed before it has shut down');
  for (const [name, condition] of Object.entries(CONDITIONS)) {
    if (depends_on?.[name]?.condition !== condition) problems.push(`It does not wait for ${name}`);
  }
  if (service.image !== `nest-ciam:${VERSION}`) problems.push('The image is of another version');
  if (environment.MIGRATIONS_RUN !== 'false') problems.push('It migrates by itself, too');
  return problems;
}

/** Variables that have no value by themselves are in the example of the environment file. */
function unexplainedVariables(text: string): string[] {
  const required = [...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name!);
  const explained = parseEnv(readText('deploy/compose.env.example'));
  return required
    .filter((name) => !(name in explained))
    .map((name) => `${name} is not in compose.env.example`);
}

describe('deploy/compose.yaml', () => {
  it('is what the specification and we ask for', () => {
    expect(problemsOf(composeFile)).toEqual([]);
  });

  it.each<[string | RegExp, string, string]>([
    ['    user: mysql\n', '    user: mysql\n    colour: red\n', 'ComposeValidationError'],
    ['redis: { condition: service_healthy }', 'redis: { condition: well }', 'ComposeValidationError'],
    ['nest-ciam:0.1.0', 'nest-ciam:0.0.9', 'The image is of another version'],
    ['image: mariadb:11.4', 'image: mariadb', 'does not have a concrete version tag'],
    ['127.0.0.1:3000:3000', '3000:3000', 'The port is not that of the service'],
    ['127.0.0.1:3000:3000', '127.0.0.1:3000:8080', 'The port is not that of the service'],
    ['/health/ready', '/health/live', 'It is not asked whether it is ready'],
    ['stop_grace_period: 20s', 'stop_grace_period: 12s', 'It is killed before it has shut down'],
    ['read_only: true', 'read_only: false', 'redis may write into its file system'],
    ['cap_drop: [ALL]', 'cap_drop: [NET_RAW]', 'ciam keeps capabilities'],
    ["['no-new-privileges:true']", '[]', 'mariadb may gain privileges'],
    ['test: [CMD, redis-cli, ping]', 'disable: true', 'redis has no health check'],
    ['inside: { internal: true }', 'inside: {}', 'mariadb can be reached from outside'],
    [
      '    user: redis\n',
      "    user: redis\n    ports: ['127.0.0.1:6379:6379']\n",
      'redis can be reached from outside',
    ],
    ['MIGRATIONS_RUN:', 'RUN_MIGRATIONS:', 'RUN_MIGRATIONS is no variable of the service'],
    ["MIGRATIONS_RUN: 'false'", "MIGRATIONS_RUN: 'true'", 'It migrates by itself, too'],
    [
      'migrations: { condition: service_completed_successfully }',
      'migrations: { condition: service_started }',
      'It does not wait for migrations',
    ],
    ['${ISSUER:?', '${ISSUER_URL:?', 'ISSUER_URL is not in compose.env.example'],
  ])('is refused with %j changed to %j', (before, after, problem) => {
    const changed = composeFile.replace(before, after);
    expect(changed).not.toBe(composeFile);
    expect(problemsOf(changed)).toEqual(expect.arrayContaining([expect.stringContaining(problem)]));
  });
});
