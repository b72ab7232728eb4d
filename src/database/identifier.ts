import { Matches } from 'class-validator';

/** What anything may be called: applications, auth sources, users, WeChat's apps and people. */
export const IDENTIFIER = /^[!-~]{1,128}$/;

/** What a kind of something is called: auth sources, identities. */
export const TYPE_NAME = /^[a-z][a-z0-9_]{0,31}$/;

/** Checks that a value can be an id. */
export function IsIdentifier(): PropertyDecorator {
  return Matches(IDENTIFIER, {
    message: '$property must be 1 to 128 printable ASCII characters without spaces',
  });
}
