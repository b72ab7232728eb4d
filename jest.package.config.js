import config from './jest.config.js';

/** What `npm run test:package` runs: the package as others install it, which takes minutes and the npm registry. */
const [unit] = config.projects;

/** @type {import('jest').Config} */
export default {
  testTimeout: 900_000,
  maxWorkers: 1,
  projects: [{ ...unit, displayName: 'package', testMatch: ['<rootDir>/test/**/*.package-spec.ts'] }],
};
