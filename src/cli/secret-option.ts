import { type INestApplicationContext } from '@nestjs/common';
import { ProvisioningConfig } from '../config/provisioning.config.js';
import { type SettingProblem } from '../database/settings.js';
import { namedSecret } from '../provisioning/secret-variables.js';

/** The secret that an option names by its variable, or what is wrong with it. */
export interface NamedSecret {
  readonly secret?: string;
  readonly problems: readonly SettingProblem[];
}

/**
 * Looks up the variable that an option names: an argument could be read by everybody on the machine.
 *
 * @param option such as `app_secret_env`
 */
export function secretOf(service: INestApplicationContext, option: string, variable: unknown): NamedSecret {
  if (typeof variable !== 'string') return { problems: [] };
  const secret = namedSecret(option, variable, service.get(ProvisioningConfig));
  return typeof secret === 'string' ? { secret, problems: [] } : { problems: [secret] };
}
