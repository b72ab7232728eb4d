import { ValidateBy, buildMessage, type ValidationOptions } from 'class-validator';
import { USER_ATTRIBUTES, isUserAttribute } from './user-attributes.js';

/** Checks that a value names a user's attribute. */
export function IsUserAttribute(options?: ValidationOptions): PropertyDecorator {
  const names = [...USER_ATTRIBUTES, 'custom.NAME'].join(', ');
  return ValidateBy(
    {
      name: 'isUserAttribute',
      validator: {
        validate: isUserAttribute,
        defaultMessage: buildMessage((each) => `${each}$property must be one of ${names}`, options),
      },
    },
    options,
  );
}
