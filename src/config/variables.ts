import { z } from 'zod';

/** `true` or `false`, as an environment variable spells it. */
export const booleanVariable = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((value) => value === 'true');

/** A whole number between `min` and `max`, both included. */
export function integerVariable(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);
}

/** An absolute http or https URL without query, fragment or credentials; a trailing slash is dropped. */
export const baseUrlVariable = z
  .string()
  .refine(isBaseUrl, 'must be an http or https URL without query, fragment or credentials')
  .transform((value) => value.replace(/\/+$/, ''));

function isBaseUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
  return isHttp && !url.search && !url.hash && !url.username && !url.password && !/[?#]/.test(value);
}
