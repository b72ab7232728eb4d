import Table from 'cli-table3';
import { printable } from './printable.js';

const NO_FRAME = {
  ...{ top: '', 'top-left': '', 'top-mid': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-left': '', 'bottom-mid': '', 'bottom-right': '' },
  ...{ mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  ...{ left: '', right: '', middle: '  ' },
};

/** Columns under their names, a line for each row; Chinese characters count as two. Nothing when there is no row. */
export function table<Row extends object>(
  rows: readonly Row[],
  columns: readonly (keyof Row & string)[],
): string {
  if (rows.length === 0) return '';
  const drawn = new Table({
    head: [...columns],
    chars: NO_FRAME,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) drawn.push(columns.map((column) => printable(row[column])));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** `name: value`, a line for each member; for a list of objects, a line for each of them. */
export function fields(answer: object): string {
  return Object.entries(answer)
    .flatMap(([name, value]: [string, unknown]) => fieldLines(name, value))
    .join('\n');
}

function fieldLines(name: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [`${name}: ${printable(value)}`];
  if (!Array.isArray(value)) {
    const members = Object.entries(value).map(([member, each]) => `${name}.${member}: ${printable(each)}`);
    return members.length > 0 ? members : [`${name}: -`];
  }
  const isList = value.length === 0 || typeof value[0] !== 'object';
  return isList
    ? [`${name}: ${printable(value)}`]
    : value.map((each: unknown) => `${name}: ${printable(each)}`);
}
