import { IsOptional, IsString, MaxLength } from 'class-validator';

/** @see RFC 6749 §4.4.2 */
export class ClientCredentialsParameters {
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  scope?: string;
}
