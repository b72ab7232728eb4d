import { IsBoolean, IsOptional, IsString, MaxLength } from 'class-validator';

/**
 * The parameters of the login with a WeChat code, named as CIAM names them.
 *
 * @see https://cloud.tencent.com/document/product/1441/68675
 */
export class WechatCodeParameters {
  @IsString()
  @MaxLength(128)
  auth_source_id: string;

  /** From WeChat's authorization page or SDK: works once, for five minutes. */
  @IsString()
  @MaxLength(512)
  code: string;

  /** Whether the profile is to be mapped, which the user has to have agreed to show. */
  @IsOptional()
  @IsBoolean()
  getUserInfo?: boolean;

  /** Space separated; fewer than the application has. @see RFC 6749 §3.3 */
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  scope?: string;
}
