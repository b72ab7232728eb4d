import { Column, type ColumnOptions } from 'typeorm';

/** A point in time, stored as whole milliseconds since 1970: alike on every database, in every time zone. */
export function TimestampColumn(options: ColumnOptions = {}): PropertyDecorator {
  return Column({
    ...options,
    type: 'bigint',
    transformer: {
      to: (value: Date | null | undefined) => value?.getTime() ?? value,
      from: (value: number | string | null) => (value === null ? null : new Date(Number(value))),
    },
  });
}
