import { IsOptional, IsString, MaxLength } from 'class-validator';

/** @see RFC 6749 §6 */
export class RefreshTokenParameters {
  @IsString()
  @MaxLength(1024)
  refresh_token: string;

  /** Narrows the access token; the session keeps its own. */
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  scope?: string;
}
