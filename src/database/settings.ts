/** What is wrong with one field of the settings. */
export interface SettingProblem {
  /** Path of the field, such as `refresh_token_ttl` or `attribute_mapping.2.to`. */
  readonly property: string;
  readonly message: string;
}

/** Settings that cannot be applied; nothing was written. */
export class SettingsRefused extends Error {
  override readonly name = 'SettingsRefused';

  constructor(readonly problems: readonly SettingProblem[]) {
    super(problems.map(({ property, message }) => `${property}: ${message}`).join('; '));
  }
}

/** What applying settings did. */
export interface SavedSettings {
  readonly created: boolean;
  /** Names of the fields that were written; none when everything was as the settings say already. */
  readonly fields: readonly string[];
}

export function changedFields<T extends object>(before: T, after: T): string[] {
  const fields = Object.keys(after) as (keyof T & string)[];
  return fields.filter((field) => JSON.stringify(after[field]) !== JSON.stringify(before[field]));
}

/** The fields that settings name: one that is absent or null keeps its value. */
export function given<T extends object>(fields: Partial<T>): Partial<T> {
  const named = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(named) as Partial<T>;
}
