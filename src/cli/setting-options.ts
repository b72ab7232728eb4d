import { Option, type Command } from 'commander';

/** A setting as an option: `access_token_ttl` is `--access-token-ttl`. */
export interface SettingOption {
  readonly setting: string;
  readonly kind: keyof typeof kinds;
  readonly description: string;
  /** The option's name, where it is not the setting's. */
  readonly name?: string;
}

/** How the text of an option becomes a value. What does not look like one stays text, for the validation to refuse. */
const kinds = {
  text: { placeholder: '<text>', read: (text: string) => text },
  number: {
    placeholder: '<number>',
    read: (text: string) => (/^-?\d{1,15}$/.test(text) ? Number(text) : text),
  },
  boolean: {
    placeholder: '<true|false>',
    read: (text: string) => (text === 'true' || text === 'false' ? text === 'true' : text),
  },
  list: {
    placeholder: '<a,b>',
    read: (text: string, before: unknown) => [...itemsOf(before), ...text.split(',')],
  },
  mapping: {
    placeholder: '<from:to[:update]>',
    read: (text: string, before: unknown) => [...itemsOf(before), mappingRow(text)],
  },
};

/** Gives a command an option for each setting; a list has one more, which empties it. */
export function offerSettings(command: Command, settings: readonly SettingOption[]): Command {
  for (const setting of settings) {
    const { placeholder, read } = kinds[setting.kind];
    const name = nameOf(setting);
    command.addOption(new Option(`--${name} ${placeholder}`, setting.description).argParser(read));
    if (isList(setting)) command.addOption(new Option(`--no-${name}`, `no ${setting.setting} at all`));
  }
  return command;
}

/** Gives a command to change something with: it needs one option at least. */
export function needsSettings(command: Command): Command {
  return command.hook('preAction', () => {
    if (Object.keys(command.opts()).every((name) => name === 'json'))
      command.error('error: no option says what to change');
  });
}

/** The settings that the command line names. @param options by their names in camel case */
export function givenSettings(
  options: Readonly<Record<string, unknown>>,
  settings: readonly SettingOption[],
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const setting of settings) {
    const value = options[new Option(`--${nameOf(setting)}`).attributeName()];
    if (value !== undefined) values[setting.setting] = isList(setting) ? itemsOf(value) : value;
  }
  return values;
}

function nameOf({ name, setting }: SettingOption): string {
  return name ?? setting.replaceAll('_', '-');
}

function isList({ kind }: SettingOption): boolean {
  return kind === 'list' || kind === 'mapping';
}

/** What was given before, and is none when the list was to be empty. */
function itemsOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function mappingRow(text: string): object {
  const [from, to, ...update] = text.split(':');
  return { from, to, ...(update.length > 0 ? { update: update.join(':') } : {}) };
}
