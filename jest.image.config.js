import config from './jest.config.js';

/** What `npm run test:image` runs: minutes, once, on the first of the servers. */
const onServer = config.projects[2];
if (!onServer) throw new Error('TEST_DATABASE_URLS names no server, and the image needs one');

/** @type {import('jest').Config} */
export default {
  testTimeout: 900_000,
  projects: [{ ...onServer, displayName: 'image', testMatch: ['<rootDir>/test/**/*.image-spec.ts'] }],
};
