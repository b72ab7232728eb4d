/** One thing that a provisioning file changed. */
export interface ProvisioningChange {
  readonly resource: 'application' | 'auth_source';
  readonly id: string;
  readonly action: 'created' | 'updated';
  /** The fields that were written, as the file names them. */
  readonly fields: readonly string[];
}

const secrets: Readonly<Record<string, string>> = {
  clientSecretHash: 'client_secret',
  appSecretSealed: 'app_secret',
};

/** The name that a file has for a property of an entity. */
export function fieldName(property: string): string {
  return secrets[property] ?? property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A change as a line for people. */
export function describeChange({ resource, id, action, fields }: ProvisioningChange): string {
  const subject = `${resource.replace('_', ' ')} ${id}`;
  return action === 'created' ? `${subject} created` : `${subject} updated: ${fields.join(', ')}`;
}
