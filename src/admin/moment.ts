import { ValidateBy, buildMessage } from 'class-validator';

const FORM =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/**
 * A time of RFC 3339 in milliseconds; a leap second is the one after it.
 *
 * @returns `undefined` when it is none
 * @see RFC 3339 §5.6
 */
export function parseMoment(text: string): Date | undefined {
  const [, year, month, day, hour, minute, second, fraction = '', offset] = FORM.exec(text) ?? [];
  if (year === undefined) return undefined;
  const isLeap = second === '60';
  const time = `${hour}:${minute}:${isLeap ? '59' : second}`;
  const moment = new Date(`${year}-${month}-${day}T${time}${fraction.slice(0, 4)}${offset!.toUpperCase()}`);
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (Number.isNaN(moment.getTime()) || Number(day) > lastDay) return undefined;
  return isLeap ? new Date(moment.getTime() + 1000) : moment;
}

/** Checks that a text is a time of RFC 3339. */
export function IsMoment(): PropertyDecorator {
  return ValidateBy({
    name: 'isMoment',
    validator: {
      validate: (value) => typeof value === 'string' && parseMoment(value) !== undefined,
      defaultMessage: buildMessage(
        (each) => `${each}$property must be a time of RFC 3339 such as 2026-01-31T08:00:00Z`,
      ),
    },
  });
}
