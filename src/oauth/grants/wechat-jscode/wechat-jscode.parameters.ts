import { IsBoolean, IsOptional, IsString, MaxLength, ValidateBy, ValidateIf } from 'class-validator';
import { isBase64 } from '../../../wechat/encrypted-data.js';

const AES_BLOCK = 16;
const LONGEST_ENCRYPTED_DATA = 48 * 1024;

const wantsUserInfo = (parameters: WechatJscodeParameters) => parameters.getUserInfo === true;

/**
 * The parameters of the WeChat Mini Program login, named as CIAM names them.
 *
 * @see https://cloud.tencent.com/document/product/1441/68677
 */
export class WechatJscodeParameters {
  @IsString()
  @MaxLength(128)
  auth_source_id: string;

  /** From `wx.login()`: works once, for five minutes. */
  @IsString()
  @MaxLength(512)
  js_code: string;

  /** Whether `encryptedData` and `iv` are there to be mapped. */
  @IsOptional()
  @IsBoolean()
  getUserInfo?: boolean;

  /** From `wx.getUserProfile()`; base64. */
  @ValidateIf(
    (parameters: WechatJscodeParameters) => wantsUserInfo(parameters) || isPresent(parameters.encryptedData),
  )
  @IsString()
  @MaxLength(LONGEST_ENCRYPTED_DATA)
  @IsBase64Of((bytes) => bytes > 0 && bytes % AES_BLOCK === 0)
  encryptedData?: string;

  /** From `wx.getUserProfile()`; base64 of 16 bytes. */
  @ValidateIf((parameters: WechatJscodeParameters) => wantsUserInfo(parameters) || isPresent(parameters.iv))
  @IsString()
  @MaxLength(64)
  @IsBase64Of((bytes) => bytes === AES_BLOCK)
  iv?: string;

  /** Whether `phone_code` is there to be exchanged. */
  @IsOptional()
  @IsBoolean()
  getPhoneNumber?: boolean;

  /** From the phone number button: works once, for five minutes, and is billed. */
  @ValidateIf(
    (parameters: WechatJscodeParameters) =>
      parameters.getPhoneNumber === true || isPresent(parameters.phone_code),
  )
  @IsString()
  @MaxLength(512)
  phone_code?: string;

  /** Space separated; fewer than the application has. @see RFC 6749 §3.3 */
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  scope?: string;
}

function isPresent(value: unknown): boolean {
  return value !== undefined;
}

/** Base64 of an accepted number of bytes; looked at only when it is going to be used. */
function IsBase64Of(accepts: (bytes: number) => boolean): PropertyDecorator {
  return ValidateBy({
    name: 'isBase64Of',
    validator: {
      validate: (value, context) => {
        if (!wantsUserInfo(context!.object as WechatJscodeParameters)) return true;
        return isBase64(value) && accepts(Buffer.from(value, 'base64').length);
      },
    },
  });
}
