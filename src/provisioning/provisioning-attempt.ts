import { SettingsRefused, type SavedSettings, type SettingProblem } from '../database/settings.js';
import { type ProvisioningChange, type RecordedChange } from './provisioning-change.js';

/** An entry of a file, and the path of its place there. */
export interface ProvisioningEntry extends Pick<ProvisioningChange, 'resource' | 'id'> {
  readonly path: string;
}

/** What applying a file has done so far; an entry that is refused does not hide what is wrong with the others. */
export class ProvisioningAttempt {
  readonly changes: RecordedChange[] = [];
  readonly problems: SettingProblem[] = [];

  async save({ path, ...subject }: ProvisioningEntry, save: () => Promise<SavedSettings>): Promise<void> {
    try {
      const { created, ...saved } = await save();
      if (saved.fields.length === 0) return;
      this.changes.push({ ...subject, action: created ? 'created' : 'updated', ...saved });
    } catch (error) {
      if (!(error instanceof SettingsRefused)) throw error;
      this.problems.push(
        ...error.problems.map(({ property, message }) => ({ property: `${path}.${property}`, message })),
      );
    }
  }
}
