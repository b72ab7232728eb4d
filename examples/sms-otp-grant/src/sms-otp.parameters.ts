import { IsBoolean, IsOptional, IsString, MaxLength } from 'class-validator';

/**
 * The parameters of a login by SMS, named as CIAM names them.
 *
 * @see https://cloud.tencent.com/document/product/1441/71656
 */
export class SmsOtpParameters {
  @IsString()
  @MaxLength(128)
  auth_source_id: string;

  /** Eleven digits of mainland China, or E.164. */
  @IsString()
  @MaxLength(32)
  phone_number: string;

  /** From `POST /otp/send`. */
  @IsString()
  @MaxLength(128)
  otp_token: string;

  /** From the message. */
  @IsString()
  @MaxLength(16)
  otp: string;

  /** Whether somebody who is not known becomes a user. */
  @IsOptional()
  @IsBoolean()
  auto_signup?: boolean;

  @IsOptional()
  @IsString()
  @MaxLength(1024)
  scope?: string;
}

/** @see https://cloud.tencent.com/document/product/1441/71640 */
export class SendOtpParameters {
  @IsString()
  @MaxLength(128)
  auth_source_id: string;

  @IsString()
  @MaxLength(32)
  phone_number: string;
}
