import { ValidateBy, buildMessage, type ValidationOptions } from 'class-validator';

/** The longest host name is 253 characters. */
export const LONGEST_CORS_ORIGIN = 270;

/**
 * `scheme://host[:port]`, as a browser spells an origin. Of a host of three labels or more, the first may be `*`.
 *
 * @see RFC 6454 §6.1
 */
export const CORS_ORIGIN =
  /^https?:\/\/(\*\.[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z0-9-]*[a-z-][a-z0-9-]*|[a-z0-9-]+(\.[a-z0-9-]+)*)(:[1-9]\d{0,4})?$/;

/** A browser leaves the port out that a scheme has anyway. */
const NEEDLESS_PORT = /^(http:.*:80|https:.*:443)$/;

/** Checks that a value can be an origin whose pages may read answers: no path, no `null`, and not every origin. */
export function IsCorsOrigin(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isCorsOrigin',
      validator: {
        validate: isCorsOrigin,
        defaultMessage: buildMessage(
          (each) =>
            `${each}$property must be scheme://host or scheme://host:port in lower case, ` +
            'without a path and without the port of the scheme; of three labels the first may be *',
          options,
        ),
      },
    },
    options,
  );
}

export function isCorsOrigin(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.length <= LONGEST_CORS_ORIGIN &&
    CORS_ORIGIN.test(value) &&
    !NEEDLESS_PORT.test(value) &&
    // No port above 65535, no label that is none.
    URL.canParse(value.replace('*', 'a'))
  );
}

/** Whether an origin that a browser names is one of these, or stands under one with a `*`. */
export function includesOrigin(listed: { has(origin: string): boolean }, origin: string): boolean {
  if (origin.includes('*')) return false;
  return listed.has(origin) || listed.has(origin.replace(/^(https?:\/\/)[^.:/]+(?=\.)/, '$1*'));
}
