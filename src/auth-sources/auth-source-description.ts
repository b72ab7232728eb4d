import { type AuthSource } from './auth-source.entity.js';
import { type AuthSourceSettings } from './auth-source-settings.js';

/** All settings of an auth source, by the names that an operator has for them; no secret among them. */
export type AuthSourceDescription = Readonly<Required<Omit<AuthSourceSettings, 'app_secret'>>>;

/** @param source with its linked applications */
export function describeAuthSource(source: AuthSource): AuthSourceDescription {
  return {
    id: source.id,
    type: source.type,
    name: source.name,
    enabled: source.enabled,
    app_id: source.appId,
    open_platform_account: source.openPlatformAccount,
    applications: source.linkedApplications.map(({ clientId }) => clientId).sort(),
    attribute_mapping: source.attributeMapping.map(({ from, to, update }) => ({ from, to, update })),
  };
}
