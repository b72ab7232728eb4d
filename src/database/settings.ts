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

/** Values of settings by their names, without secrets. */
export type SettingValues = Readonly<Record<string, unknown>>;

/** What applying settings did. */
export interface SavedSettings {
  readonly created: boolean;
  /** Names of the fields that were written, secrets included; none when everything was as the settings say already. */
  readonly fields: readonly string[];
  /** What these fields were before and are now, secrets excluded. */
  readonly before: SettingValues;
  readonly after: SettingValues;
}

/**
 * @param before all values as they were; `undefined` for something new
 * @param secrets names of the secrets that were written
 */
export function savedSettings(
  before: SettingValues | undefined,
  after: SettingValues,
  secrets: readonly string[],
): SavedSettings {
  const fields = Object.keys(after).filter(
    (field) => JSON.stringify(after[field]) !== JSON.stringify(before?.[field]),
  );
  const values = (all: SettingValues) => Object.fromEntries(fields.map((field) => [field, all[field]]));
  return {
    created: before === undefined,
    fields: [...fields, ...secrets],
    before: before ? values(before) : {},
    after: values(after),
  };
}

/** The fields that settings name: one that is absent or null keeps its value. */
export function given<T extends object>(fields: Partial<T>): Partial<T> {
  const named = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(named) as Partial<T>;
}
