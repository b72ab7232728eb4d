/** What the e2e suite runs against beside SQLite, separated by spaces: `mysql://root@127.0.0.1:3306/test ...`. */
const servers = (process.env.TEST_DATABASE_URLS ?? '').split(/\s+/).filter(Boolean);

/** @type {import('jest').Config} */
const shared = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};

/** The e2e suite runs once on each database: SQLite always, then every server that is named. */
const e2e = (displayName, databaseUrl) => ({
  ...shared,
  displayName,
  testMatch: ['<rootDir>/test/**/*.e2e-spec.ts'],
  globals: { TEST_DATABASE_URL: databaseUrl },
  globalSetup: '<rootDir>/test/support/named-servers.js',
});

/** @type {import('jest').Config} */
export default {
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts', '!src/**/*.spec.ts'],
  coverageReporters: [['text', { skipFull: true }], 'text-summary'],
  // Each worker has a pool of connections for each service that a test starts; MariaDB accepts 151.
  maxWorkers: 2,
  // What a suite has loaded is kept by its worker for good: after a hundred suites it would do nothing but look for memory.
  workerIdleMemoryLimit: '1GB',
  testTimeout: 180_000,
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{src,test}/**/*.spec.ts'] },
    e2e('e2e sqlite', 'sqlite::memory:'),
    ...servers.map((url, index) =>
      e2e(`e2e ${new URL(url).protocol}//${new URL(url).host} #${index + 1}`, url),
    ),
  ],
};
