import { type INestApplicationContext } from '@nestjs/common';
import { describeChange } from '../provisioning/provisioning-change.js';
import { ProvisioningService } from '../provisioning/provisioning.service.js';

/**
 * Applies a provisioning file.
 *
 * @returns a line for each change
 * @throws ProvisioningRefused naming line and reason of each fault
 */
export async function provision(app: INestApplicationContext, file: string): Promise<string[]> {
  const changes = await app.get(ProvisioningService).apply(file, 'cli');
  return changes.length > 0 ? changes.map(describeChange) : ['nothing to change'];
}
