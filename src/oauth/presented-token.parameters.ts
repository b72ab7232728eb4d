import { IsOptional, IsString, MaxLength } from 'class-validator';

/** What revocation and introspection are asked about. @see RFC 7009 §2.1, RFC 7662 §2.1 */
export class PresentedTokenParameters {
  @IsString()
  token: string;

  /** Not needed: a JWT and a refresh token cannot be mistaken for each other. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  token_type_hint?: string;
}
