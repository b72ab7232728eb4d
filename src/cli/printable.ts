/** Control characters, which a terminal obeys, and what changes the direction of the text around it. */
export const OBEYED = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A value for people's eyes, on one line; what a terminal would obey is written as an escape. */
export function printable(value: unknown): string {
  return textOf(value).replaceAll(OBEYED, escaped);
}

/** A character as JSON would escape it. */
export function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(textOf).join(', ');
  return typeof value === 'object' ? Object.values(value).map(textOf).join(' ') : `${value as string}`;
}
