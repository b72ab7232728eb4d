import { type ProvisioningConfig } from '../../config/provisioning.config.js';
import { SettingsRefused } from '../../database/settings.js';

/** @throws SettingsRefused when a secret is one that examples print, and this is production */
export function refusePlaceholder(
  config: ProvisioningConfig,
  property: string,
  secret: string | undefined,
): void {
  if (!secret || !config.refuses(secret)) return;
  throw new SettingsRefused([{ property, message: 'is a placeholder, which production refuses' }]);
}
