import { type SavedSettings } from '../database/settings.js';

/** One thing that a provisioning file changed. */
export interface ProvisioningChange {
  readonly resource: 'application' | 'auth_source';
  readonly id: string;
  readonly action: 'created' | 'updated';
  /** The fields that were written, as the file names them. */
  readonly fields: readonly string[];
}

/** The same with what the fields were and are, without secrets. */
export interface RecordedChange extends ProvisioningChange, Pick<SavedSettings, 'before' | 'after'> {}

/** A change as a line for people. */
export function describeChange({ resource, id, action, fields }: ProvisioningChange): string {
  const subject = `${resource.replace('_', ' ')} ${id}`;
  return action === 'created' ? `${subject} created` : `${subject} updated: ${fields.join(', ')}`;
}
