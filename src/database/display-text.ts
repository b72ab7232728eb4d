import { applyDecorators } from '@nestjs/common';
import { Matches, ValidateBy, buildMessage } from 'class-validator';

/** Not empty, and nothing in it that cannot be displayed. */
export const DISPLAY_TEXT = /^[^\p{Cc}]+$/u;

/**
 * Checks that a value is a text to be displayed.
 *
 * @param longest in Unicode code points, which is what columns count
 * @param otherwise what may be in its place, for the message
 */
export function IsDisplayText(longest: number, otherwise = ''): PropertyDecorator {
  return applyDecorators(
    // class-validator's own does not count every code point.
    ValidateBy({
      name: 'maxLength',
      constraints: [longest],
      validator: {
        validate: (value: unknown) => typeof value === 'string' && [...value].length <= longest,
        defaultMessage: buildMessage(
          (each) => `${each}$property must be shorter than or equal to $constraint1 characters`,
        ),
      },
    }),
    Matches(DISPLAY_TEXT, { message: `$property must be a text without control characters${otherwise}` }),
  );
}
