import {
  boundaries,
  constructorsUpTo,
  environmentOnlyIn,
  failureStatusOnlyIn,
  linesUpTo,
  moduleOf,
  noBarrels,
  noCycles,
  noEmptyNames,
  noName,
  outgoingHttpOnlyIn,
  suppressionsHaveReasons,
  type Rule,
} from './support/architecture.js';
import { entityFiles } from './support/entities.js';
import { parseSource, readSourceFile, readSourceTree } from './support/source-tree.js';

/** Who may import whom; what is not here may not. The rows are the folders and the files of `src/`. */
const mayImport: Record<string, readonly string[]> = {
  main: [
    'app.module',
    'config',
    'configure-app',
    'connections',
    'grant-modules',
    'logging',
    'shutdown',
    'tracing',
    'workers',
  ],
  'app.module': ['config', 'service.module'],
  'service.module': [
    'admin',
    'database',
    'health',
    'maintenance',
    'metrics',
    'oauth',
    'oidc',
    'openapi',
    'provisioning',
    'unrouted-request.filter',
  ],
  'grant-modules': ['logging', 'oauth'],
  'configure-app': ['config', 'database', 'http-security', 'logging', 'metrics'],
  'unrouted-request.filter': ['admin', 'oauth'],
  connections: [],
  shutdown: ['connections', 'health'],
  workers: ['metrics', 'rate-limit'],
  cli: [
    'admin',
    'applications',
    'audit',
    'auth-sources',
    'config',
    'database',
    'grant-modules',
    'logging',
    'maintenance',
    'metrics',
    'oauth',
    'provisioning',
    'tokens',
    'wechat',
  ],

  oauth: [
    'applications',
    'audit',
    'auth-sources',
    'config',
    'cors',
    'database',
    'idempotency',
    'logging',
    'metrics',
    'rate-limit',
    'tokens',
    'users',
    'wechat',
  ],
  oidc: ['applications', 'config', 'cors', 'database', 'rate-limit', 'tokens', 'users'],
  admin: ['applications', 'audit', 'auth-sources', 'config', 'database', 'maintenance', 'tokens', 'users'],
  maintenance: ['audit', 'database', 'idempotency', 'tokens'],
  // Names of the domain, in a document.
  openapi: ['applications', 'audit', 'auth-sources', 'config', 'database', 'tokens', 'users'],
  provisioning: ['applications', 'audit', 'auth-sources', 'config', 'database', 'tokens', 'users'],

  applications: ['config', 'database'],
  audit: ['config', 'database', 'metrics'],
  'auth-sources': ['config', 'database'],
  idempotency: ['config', 'database'],
  tokens: ['config', 'database', 'metrics'],
  users: ['config', 'database'],
  wechat: ['config', 'database', 'metrics'],

  health: ['config', 'database', 'metrics'],
  logging: ['config'],
  'rate-limit': ['cluster', 'config', 'metrics'],
  cors: ['applications'],
  'http-security': [],
  database: ['config', 'metrics'],
  // Each module registers what it measures.
  metrics: ['cluster', 'config'],
  cluster: [],
  // Started before anything that it watches is loaded, so it knows nothing of it.
  tracing: ['config'],
  config: [],

  // Applications of their own: a client of the service, and a stand-in for WeChat.
  demo: [],
  simulator: [],

  // What the package exports, and what is there for those who extend the service alone.
  'nest-ciam': [
    'applications',
    'auth-sources',
    'ciam.module',
    'config',
    'configure-app',
    'database',
    'oauth',
    'users',
  ],
  'nest-ciam-testing': ['simulator', 'testing'],
  'nest-ciam-conformance': ['conformance'],
  'ciam.module': ['config', 'oauth', 'service.module'],
  testing: ['applications', 'auth-sources', 'ciam.module', 'configure-app', 'database', 'oauth', 'simulator'],
  conformance: ['applications', 'auth-sources', 'logging', 'oauth', 'testing'],
};

const tree = readSourceTree('src');
const source = tree.filter(({ path }) => !path.endsWith('.spec.ts'));
const everything = [...tree, ...readSourceTree('test'), ...readSourceTree('bench')];

/** What a rule says about files that exist only here. */
const verdict = (rule: Rule, files: Record<string, string>) =>
  rule(Object.entries(files).map(([path, text]) => parseSource(path, text)));

describe('modules', () => {
  const rule = boundaries(mayImport);

  it('are all in the table', () => {
    const modules = new Set(source.map(({ path }) => moduleOf(path)));
    expect([...modules].sort()).toEqual(Object.keys(mayImport).sort());
  });

  it('import whom they may', () => {
    expect(rule(source)).toEqual([]);
  });

  it.each([
    ["import { User } from '../users/user.entity.js';", 'src/users/user.entity.ts'],
    ["import {\n  type User,\n} from '../users/user.entity.js';", 'src/users/user.entity.ts'],
    ["export const user = await import('../users/user.entity.js');", 'src/users/user.entity.ts'],
    ["export type { User } from '../users/user.entity.js';", 'src/users/user.entity.ts'],
    ["let user: import('../users/user.entity.js').User;", 'src/users/user.entity.ts'],
    ["import { app } from '../app.module.js';", 'src/app.module.ts'],
    ["import { service } from '../../test/support/service.js';", 'test/support/service.ts'],
  ])('are caught at %j', (text, imported) => {
    expect(verdict(rule, { 'src/wechat/a.ts': text })).toEqual([`src/wechat/a.ts imports ${imported}`]);
  });

  it('are caught importing the simulator, whoever of the service it is', () => {
    for (const path of ['src/main.ts', 'src/oauth/a.ts', 'src/demo/a.ts']) {
      const text = `import '${path === 'src/main.ts' ? '.' : '..'}/simulator/clock.js';`;
      expect(verdict(rule, { [path]: text })).toEqual([`${path} imports src/simulator/clock.ts`]);
    }
  });

  it('may import themselves, whom the table names, and packages', () => {
    const text = "import './b.js'; import '../database/columns.js'; import 'typeorm'; import 'node:fs';";
    expect(verdict(rule, { 'src/users/a.ts': text })).toEqual([]);
  });
});

describe('files', () => {
  it('do not import each other in a circle', () => {
    expect(noCycles(source)).toEqual([]);
    const circle = {
      'src/a.ts': "import './b.js';",
      'src/b.ts': "import { type C } from './c/c.js';",
      'src/c/c.ts': "import { b } from '../b.js';",
    };
    expect(verdict(noCycles, circle)).toEqual(['src/b.ts -> src/c/c.ts -> src/b.ts']);
  });

  it('are no barrels', () => {
    const isExported = /^src\/nest-ciam(-\w+)?\.ts$/;
    expect(noBarrels(source.filter(({ path }) => !isExported.test(path)))).toEqual([]);
    expect(verdict(noBarrels, { 'src/users/index.ts': '' })).toEqual(['src/users/index.ts is a barrel']);
    expect(verdict(noBarrels, { 'src/a.ts': "\nexport * from './b.js';" })).toEqual(['src/a.ts:2']);
  });

  it('have at most 200 lines, a migration excepted', () => {
    const rule = linesUpTo(200);
    expect(rule(source.filter(({ path }) => !path.startsWith('src/database/migrations/')))).toEqual([]);
    expect(verdict(rule, { 'src/a.ts': '//\n'.repeat(201) })).toEqual(['src/a.ts has 201 lines']);
  });

  it('have names that say what is in them', () => {
    expect(noEmptyNames(source)).toEqual([]);
    expect(verdict(noEmptyNames, { 'src/utils/a.ts': '' })).toEqual(['src/utils/a.ts says nothing']);
    expect(verdict(noEmptyNames, { 'src/a.ts': 'class TokenManager {}' })).toEqual(['src/a.ts:1']);
  });
});

describe('the grants of the service', () => {
  const strategies = source.filter(({ path }) => /^src\/oauth\/grants\/[\w-]+\//.test(path));
  /** What others have of the endpoint, too, by the package. */
  const exported = readSourceFile('src/nest-ciam.ts').imports.map(({ from }) => from);

  it('use of the token endpoint what the package exports, and each other, alone', () => {
    const used = strategies.flatMap(({ imports }) => imports.map(({ from }) => from));
    const ofEndpoint = [
      ...new Set(used.filter((from) => /^src\/oauth\/(?!grants\/(wechat-[\w-]+\.ts|[\w-]+\/))/.test(from))),
    ];
    expect(ofEndpoint.sort()).toEqual(['src/oauth/grants/grant-strategy.ts', 'src/oauth/oauth.errors.ts']);
    expect(exported).toEqual(expect.arrayContaining(ofEndpoint));
  });
});

describe('only in its place', () => {
  it('the environment is read: the configuration, and the mains of simulator and demo', () => {
    const rule = environmentOnlyIn(/^src\/(config\/|(simulator|demo)\/main\.ts$)/);
    expect(rule(source)).toEqual([]);
    expect(verdict(rule, { 'src/users/a.ts': 'const { HOME } = process.env;' })).toEqual([
      'src/users/a.ts:1',
    ]);
    expect(verdict(rule, { 'src/main.ts': "import { env } from 'node:process';" })).toHaveLength(1);
    expect(verdict(rule, { 'src/config/a.ts': 'process.env.HOME;' })).toEqual([]);
  });

  it('HTTP to the outside is spoken: clients, the demo, and what tests are made of', () => {
    const rule = outgoingHttpOnlyIn(/^src\/((demo|testing)\/|.+\.client\.ts$)/);
    expect(rule(source)).toEqual([]);
    for (const text of [
      "import { Pool } from 'undici';",
      "import { request } from 'node:https';",
      "import { request as ask } from 'http';",
      "await fetch('http://127.0.0.1');",
      "await globalThis.fetch('http://127.0.0.1');",
    ]) {
      expect(verdict(rule, { 'src/wechat/a.ts': text })).toHaveLength(1);
      expect(verdict(rule, { 'src/wechat/a.client.ts': text })).toEqual([]);
    }
    expect(verdict(rule, { 'src/a.ts': "import { type Server } from 'node:http';" })).toEqual([]);
  });

  it('the status of a failure is decided: controllers, filters, health, HTTP security and the simulator', () => {
    const rule = failureStatusOnlyIn(/^src\/(health|http-security|simulator)\/|\.(controller|filter)\.ts$/);
    expect(rule(source)).toEqual([]);
    for (const text of [
      "import { NotFoundException } from '@nestjs/common';",
      "import { HttpStatus } from '@nestjs/common';",
      'response.status(404).end();',
      'response.writeHead(503, headers);',
    ]) {
      expect(verdict(rule, { 'src/oauth/a.service.ts': text })).toHaveLength(1);
      expect(verdict(rule, { 'src/oauth/a.controller.ts': text })).toEqual([]);
    }
  });
});

describe('nowhere', () => {
  it('a schema is synchronised', () => {
    const rule = noName('synchronize');
    expect(rule(source)).toEqual([]);
    expect(verdict(rule, { 'src/a.ts': 'const options = { synchronize: true };' })).toEqual(['src/a.ts:1']);
  });

  it('a constructor takes more than five parameters', () => {
    const rule = constructorsUpTo(5);
    expect(rule(source)).toEqual([]);
    const text = 'class A {\n  constructor(a: A, b: A, c: A, d: A, e: A, f: A) {}\n}';
    expect(verdict(rule, { 'src/a.ts': text })).toEqual(['src/a.ts:2']);
  });

  it('a check is suppressed without a reason', () => {
    expect(
      suppressionsHaveReasons(everything.filter(({ path }) => path !== 'test/architecture.spec.ts')),
    ).toEqual([]);
    const [good, bare, typescript] = [
      '// eslint-disable-next-line no-console -- the page is the output',
      '// eslint-disable-next-line no-console',
      '// @ts-expect-error',
    ];
    expect(verdict(suppressionsHaveReasons, { 'src/a.ts': [good, bare, typescript].join('\n') })).toEqual([
      'src/a.ts:2',
      'src/a.ts:3',
    ]);
  });
});

describe('ormconfig.ts', () => {
  it('names every entity', () => {
    const imported = readSourceFile('ormconfig.ts').imports.map(({ from }) => from);
    const entities = entityFiles.map((file) => `src/${file}`);
    expect(imported.filter((from) => from.endsWith('.entity.ts')).sort()).toEqual(entities);
  });
});
