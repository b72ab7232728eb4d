import { IsString } from 'class-validator';

/**
 * What revocation and introspection are asked about. `token_type_hint` is not needed: a JWT and a refresh token cannot be
 * mistaken for each other.
 *
 * @see RFC 7009 §2.1, RFC 7662 §2.1
 */
export class PresentedTokenParameters {
  @IsString()
  token: string;
}
