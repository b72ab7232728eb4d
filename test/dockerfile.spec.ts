import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { validate } from 'dockerfile-utils';
import { isInContext } from './support/shipping/docker-context.js';
import { instructionsOf, pairsOf, readStages, type Stage } from './support/shipping/dockerfile.js';
import { documentedVariables, readText, unknownVariables } from './support/shipping/repository.js';

const dockerfile = readText('Dockerfile');
const top = new URL('../', import.meta.url);

/** What is wrong with a Dockerfile: by a linter, and by what we ask of ours. */
function problemsOf(text: string): string[] {
  const stages = readStages(text);
  return [
    ...validate(text).map(({ message }) => (typeof message === 'string' ? message : message.value)),
    ...stages.flatMap(stageProblems),
    ...imageProblems(stages),
  ];
}

function stageProblems(stage: Stage): string[] {
  const problems: string[] = [];
  if (!/^node:(22|24)\.\d+-[a-z]+-slim$/.test(stage.base)) problems.push(`${stage.base} is not pinned`);
  if (instructionsOf(stage, 'ADD').length > 0) problems.push('ADD fetches and unpacks: COPY does not');
  for (const { text } of instructionsOf(stage, 'RUN').filter((run) => run.text.includes('npm ci'))) {
    if (!text.includes('--ignore-scripts')) problems.push(`${text} runs scripts of packages`);
  }
  for (const { flags, text } of instructionsOf(stage, 'COPY')) {
    const sources = flags.from === undefined ? text.split(/\s+/).slice(0, -1) : [];
    const isThere = (path: string) =>
      existsSync(fileURLToPath(new URL(path, top))) && path !== '.' && isInContext(path);
    problems.push(...sources.filter((path) => !isThere(path)).map((path) => `${path} is not in the context`));
    if (flags.chown !== undefined) problems.push('The user of the service may write into its files');
  }
  return problems;
}

function imageProblems(stages: readonly Stage[]): string[] {
  const image = stages.at(-1);
  const problems: string[] = [];
  const expect = (isSo: boolean, problem: string) => void (isSo || problems.push(problem));
  const one = (keyword: string) => instructionsOf(image, keyword).at(-1);
  const environment = pairsOf(image, 'ENV');
  const keywords = image?.instructions.map(({ keyword }) => keyword) ?? [];

  expect(new Set(stages.map(({ base }) => base)).size === 1, 'The stages have different bases');
  expect(!keywords.includes('RUN'), 'The image itself is built by COPY alone');
  expect(/^[1-9]\d*:[1-9]\d*$/.test(one('USER')?.text ?? ''), 'USER is not a number other than 0');
  expect(keywords.lastIndexOf('COPY') < keywords.indexOf('USER'), 'USER comes before COPY');
  expect(one('STOPSIGNAL')?.text === 'SIGTERM', 'STOPSIGNAL is not SIGTERM');
  const command = [...(one('ENTRYPOINT')?.words ?? []), ...(one('CMD')?.words ?? [])].join(' ');
  expect(command === 'node dist/src/main.js', 'Signals do not reach node as process 1');
  expect(environment.NODE_ENV === 'production', 'NODE_ENV is not production');
  expect(environment.HOST === '0.0.0.0', 'It does not listen outside of its container');
  expect(environment.PORT === documentedVariables().PORT, 'PORT is another one than documented');
  expect(one('EXPOSE')?.text === environment.PORT, 'EXPOSE is another port than PORT');
  expect(one('HEALTHCHECK')?.words?.[0] === 'node', 'HEALTHCHECK needs more than node');
  expect(/\/health\/live\b/.test(one('HEALTHCHECK')?.text ?? ''), 'HEALTHCHECK restarts what is not ready');
  problems.push(...unknownVariables(Object.keys(environment)));
  const labels = Object.keys(pairsOf(image, 'LABEL'));
  for (const name of ['title', 'description', 'licenses', 'version', 'revision']) {
    expect(labels.includes(`org.opencontainers.image.${name}`), `The label ${name} is missing`);
  }
  const modules = instructionsOf(image, 'COPY').find(({ text }) => text.endsWith('node_modules'));
  const installed = stages.find(({ name }) => name === modules?.flags.from);
  const omitsDevelopment = instructionsOf(installed, 'RUN').some(({ text }) =>
    /npm ci .*--omit=dev/.test(text),
  );
  expect(omitsDevelopment, 'Development dependencies are in the image');
  return problems;
}

describe('Dockerfile', () => {
  it('is what the linter and we ask for', () => {
    expect(problemsOf(dockerfile)).toEqual([]);
  });

  it.each<[string | RegExp, string, string]>([
    ['EXPOSE 3000', 'EXPOSE http', 'Invalid containerPort: http'],
    ['STOPSIGNAL SIGTERM', 'STOPSIGNL SIGTERM', 'Unknown instruction: STOPSIGNL'],
    ['node:24.21-bookworm-slim AS build', 'node:latest AS build', 'node:latest is not pinned'],
    [
      'node:24.21-bookworm-slim AS build',
      'node:24.20-bookworm-slim AS build',
      'The stages have different bases',
    ],
    ['ci --omit=dev', 'ci', 'Development dependencies are in the image'],
    ['ci --ignore-scripts', 'ci', 'npm ci --no-audit --no-fund runs scripts of packages'],
    ['COPY src ./src', 'COPY . .', '. is not in the context'],
    ['COPY src ./src', 'COPY src data ./src', 'data is not in the context'],
    ['COPY src ./src', 'COPY src test ./src', 'test is not in the context'],
    ['COPY src ./src', 'ADD src ./src', 'ADD fetches and unpacks: COPY does not'],
    [
      'COPY package.json LICENSE',
      'COPY --chown=1000 package.json LICENSE',
      'The user of the service may write into its files',
    ],
    ['USER 1000:1000', 'USER node', 'USER is not a number other than 0'],
    ['USER 1000:1000', 'USER 0:0', 'USER is not a number other than 0'],
    ['USER 1000:1000\n', '', 'USER is not a number other than 0'],
    ['EXPOSE 3000', 'COPY src .\nEXPOSE 3000', 'USER comes before COPY'],
    ['EXPOSE 3000', 'RUN true\nEXPOSE 3000', 'The image itself is built by COPY alone'],
    ['EXPOSE 3000', 'EXPOSE 8080', 'EXPOSE is another port than PORT'],
    ['PORT=3000', 'PORT=8080', 'PORT is another one than documented'],
    ['PORT=3000', 'PORT=3000 LISTEN=all', 'LISTEN is no variable of the service'],
    ['HOST=0.0.0.0', 'HOST=127.0.0.1', 'It does not listen outside of its container'],
    ['NODE_ENV=production', 'NODE_ENV=development', 'NODE_ENV is not production'],
    ['STOPSIGNAL SIGTERM', 'STOPSIGNAL SIGKILL', 'STOPSIGNAL is not SIGTERM'],
    ['CMD ["dist/src/main.js"]', 'CMD dist/src/main.js', 'Signals do not reach node as process 1'],
    ['ENTRYPOINT ["node"]', 'ENTRYPOINT ["npm"]', 'Signals do not reach node as process 1'],
    ['/health/live', '/health/ready', 'HEALTHCHECK restarts what is not ready'],
    [/CMD \["node".*/, 'CMD curl http://127.0.0.1:3000/health/live', 'HEALTHCHECK needs more than node'],
    ['org.opencontainers.image.licenses', 'licences', 'The label licenses is missing'],
  ])('is refused with %j changed to %j', (before, after, problem) => {
    const changed = dockerfile.replace(before, after);
    expect(changed).not.toBe(dockerfile);
    expect(problemsOf(changed)).toContain(problem);
  });
});

describe('.dockerignore', () => {
  it('lets nothing in but what is built', () => {
    const paths = [
      'src/main.ts',
      'src/main.spec.ts',
      '.env',
      'data/encryption.key',
      'node_modules/a',
      '.git/HEAD',
      'LICENSE',
    ];
    expect(paths.filter((path) => isInContext(path))).toEqual(['src/main.ts', 'LICENSE']);
    expect(isInContext('src/main.ts', 'src\n')).toBe(false);
    expect(isInContext('srcs/main.ts', 'src\n')).toBe(true);
  });
});
