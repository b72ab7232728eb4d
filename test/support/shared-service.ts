import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startService, type RunningService } from './service.js';
import { ISSUER, PATIENT_WECHAT_MS } from '../../src/testing/start-ciam.js';
import { ServiceProcess } from './service-process.js';
import { createTestDatabase } from './test-database.js';

/** A service in this process, and as many processes beside it as the test likes: on one database and one WeChat. */
export interface SharedService {
  readonly service: RunningService;
  /** Starts the built service, or a copy of it, as a process. */
  spawn(environment?: Record<string, string>, main?: string): ServiceProcess;
  /** Ends the service of this process; the others must have ended. */
  close(): Promise<void>;
}

/** @param common settings of all of them */
export async function startSharedService(common: Record<string, string> = {}): Promise<SharedService> {
  const folder = await mkdtemp(join(tmpdir(), 'nest-ciam-'));
  const database = await createTestDatabase({ shared: true });
  const environment = {
    DATABASE_URL: database.url,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    ...common,
  };
  const service = await startService(environment);
  const surroundings = {
    PORT: '0',
    ISSUER,
    RATE_LIMIT_PER_MINUTE: '0',
    LOG_LEVEL: 'info',
    WECHAT_API_BASE_URL: service.simulator.url,
    WECHAT_TIMEOUT_MS: PATIENT_WECHAT_MS,
  };
  return {
    service,
    spawn: (own = {}, main) => new ServiceProcess(folder, { ...surroundings, ...environment, ...own }, main),
    close: async () => {
      await service.close();
      await database.drop();
      await rm(folder, { recursive: true });
    },
  };
}
