import { Injectable } from '@nestjs/common';
import { GrantType, type GrantStrategy, type SessionRenewal } from '../grant-strategy.js';
import { RefreshTokenParameters } from './refresh-token.parameters.js';

/** New tokens for a refresh token, which is rotated. @see RFC 6749 §6 */
@GrantType({
  grantType: 'refresh_token',
  parameters: RefreshTokenParameters,
  applicationTypes: ['mini_program', 'web', 'spa', 'mobile'],
})
@Injectable()
export class RefreshTokenGrantStrategy implements GrantStrategy<RefreshTokenParameters> {
  handle({ refresh_token }: RefreshTokenParameters): Promise<SessionRenewal> {
    return Promise.resolve({ kind: 'session', refreshToken: refresh_token });
  }
}
