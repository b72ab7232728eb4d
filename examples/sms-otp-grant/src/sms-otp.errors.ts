import { OAuthError } from 'nest-ciam';

/** @see https://cloud.tencent.com/document/product/1441/71640 */
export class MalformedPhoneNumber extends OAuthError {
  readonly error = 'malformed_phone_number';

  constructor() {
    super('Malformed phone number');
  }
}

/** @see https://cloud.tencent.com/document/product/1441/71640 */
export class SmsRateLimitExceeded extends OAuthError {
  readonly error = 'sms_rate_limit_exceeded';

  constructor() {
    super('SMS rate limit exceeded for same phone number');
  }
}
