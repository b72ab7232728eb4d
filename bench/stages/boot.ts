import { median } from '../machine/figures.js';
import { startService, type Setting } from './parties.js';

/** Milliseconds from the start of the process to its first 200 at `/health/ready`, on a database that is migrated. */
export async function measureBoot(setting: Setting, databaseUrl: string): Promise<number> {
  const boots: number[] = [];
  for (let boot = 0; boot < setting.effort.boots; boot++) {
    const service = await startService(setting, databaseUrl);
    boots.push(service.bootMs);
    await service.stop();
  }
  return median(boots);
}
