import { Injectable } from '@nestjs/common';
import { GrantType, type ApplicationOnly, type GrantStrategy } from '../grant-strategy.js';
import { ClientCredentialsParameters } from './client-credentials.parameters.js';

/** An access token for the application itself. @see RFC 6749 §4.4 */
@GrantType({
  grantType: 'client_credentials',
  parameters: ClientCredentialsParameters,
  applicationTypes: ['web', 'm2m'],
})
@Injectable()
export class ClientCredentialsGrantStrategy implements GrantStrategy<ClientCredentialsParameters> {
  handle(): Promise<ApplicationOnly> {
    return Promise.resolve({ kind: 'application' });
  }
}
