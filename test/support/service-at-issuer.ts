import { type Type } from '@nestjs/common';
import { freePort } from './free-port.js';
import { startService, type RunningService } from './service.js';

/**
 * Starts the service where its issuer says that it is: clients that are strict look for it there alone.
 *
 * @param modules what an operator would add
 */
export async function startServiceAtIssuer(modules: Type[] = []): Promise<RunningService> {
  const port = await freePort();
  return startService({ PORT: String(port), ISSUER: `http://127.0.0.1:${port}` }, modules);
}
