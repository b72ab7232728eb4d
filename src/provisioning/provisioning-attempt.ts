import { SettingsRefused, type SavedSettings, type SettingProblem } from '../database/settings.js';
import { fieldName, type ProvisioningChange } from './provisioning-change.js';

/** An entry of a file, and the path of its place there. */
export interface ProvisioningEntry extends Pick<ProvisioningChange, 'resource' | 'id'> {
  readonly path: string;
}

/** What applying a file has done so far; an entry that is refused does not hide what is wrong with the others. */
export class ProvisioningAttempt {
  readonly changes: ProvisioningChange[] = [];
  readonly problems: SettingProblem[] = [];

  async save(
    { path, ...subject }: ProvisioningEntry,
    settings: object,
    save: () => Promise<SavedSettings>,
  ): Promise<void> {
    try {
      const { created, fields } = await save();
      if (created) this.changes.push({ ...subject, action: 'created', fields: fieldsOf(settings) });
      else if (fields.length > 0)
        this.changes.push({ ...subject, action: 'updated', fields: fields.map(fieldName) });
    } catch (error) {
      if (!(error instanceof SettingsRefused)) throw error;
      this.problems.push(
        ...error.problems.map(({ property, message }) => ({ property: `${path}.${property}`, message })),
      );
    }
  }
}

/** The fields that the file gave; a secret, not the variable that held it. */
function fieldsOf(settings: object): string[] {
  return Object.keys(settings).filter((field) => !field.endsWith('_env'));
}
