import { type GrantDeclaration } from '../../src/oauth/grants/grant-declaration.js';
import { startCiam, type RunningCiam } from '../../src/testing/start-ciam.js';
import { createTestDatabase } from './test-database.js';

export type RunningService = RunningCiam;

/**
 * Starts the whole service in this process, with nobody registered, on a database of its own on the server that this
 * run of the suite is for; or on the caller's, which is named by `DATABASE_URL`.
 *
 * @param grants what an operator would add
 */
export async function startService(
  environment: Record<string, string> = {},
  grants: GrantDeclaration[] = [],
): Promise<RunningService> {
  const database = environment.DATABASE_URL === undefined ? await createTestDatabase() : undefined;
  const drop = async () => database?.drop();
  const ciam = await startCiam({
    environment: { ...(database && { DATABASE_URL: database.url }), ...environment },
    grants,
    applications: [],
    authSources: [],
  }).catch(async (error: unknown) => {
    await drop();
    throw error;
  });
  return { ...ciam, close: () => ciam.close().then(drop) };
}

/** An answer as a test compares it: status, body and the headers that a client sees of the protocol. */
export async function seen(response: Response): Promise<{ status: number; body: unknown }> {
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}
