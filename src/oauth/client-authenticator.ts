import { Injectable } from '@nestjs/common';
import { isPublic, type Application } from '../applications/application.entity.js';
import { ApplicationsService } from '../applications/applications.service.js';
import { ClientSecrets } from '../applications/client-secrets.service.js';
import { ClientRateLimit } from '../rate-limit/client-rate-limit.js';
import { parameter, type OAuthParameters } from './oauth-parameters.js';
import { InvalidClient, InvalidRequest } from './oauth.errors.js';

const LONGEST_CLIENT_ID = 128;

interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
}

/**
 * Finds out which application sends a request, by `none`, `client_secret_post` or `client_secret_basic`.
 *
 * @see RFC 6749 §2.3.1
 */
@Injectable()
export class ClientAuthenticator {
  constructor(
    private readonly applications: ApplicationsService,
    private readonly secrets: ClientSecrets,
    private readonly rateLimit: ClientRateLimit,
  ) {}

  /**
   * @param authorization the request's `Authorization` header; another scheme than Basic is not ours and is ignored
   * @throws InvalidRequest when a parameter is missing or wrong, or two methods are used at once
   * @throws InvalidClient when the application is unknown or disabled, or its secret is wrong
   * @throws ClientSecretsBusy when too many secrets wait to be verified
   * @throws TooManyRequests when the application has sent more than it may
   */
  async authenticate(parameters: OAuthParameters, authorization: string | undefined): Promise<Application> {
    const application = await this.authenticated(parameters, authorization);
    await this.rateLimit.admit(application.clientId);
    return application;
  }

  private async authenticated(
    parameters: OAuthParameters,
    authorization: string | undefined,
  ): Promise<Application> {
    const usedBasic = usesBasic(authorization);
    const inBody = bodyCredentials(parameters, usedBasic);
    if (usedBasic && inBody.clientSecret !== undefined) {
      throw new InvalidRequest('Multiple client authentication methods');
    }
    const { clientId, clientSecret } = usedBasic ? basicCredentials(authorization!) : inBody;
    if (inBody.clientId && inBody.clientId !== clientId) {
      throw new InvalidClient('client_id in body and header differ');
    }
    const application = await this.applications.find(clientId);
    if (!application) throw new InvalidClient('unknown application');
    const refused = (why: string) => new InvalidClient(why, application.clientId);
    if (!application.enabled) throw refused('disabled application');
    if (isPublic(application.type)) {
      if (clientSecret !== undefined) throw refused('secret sent by a public application');
      return application;
    }
    if (clientSecret === undefined) throw refused('no secret sent by a confidential application');
    if (!application.clientSecretHash) throw refused('the application has no secret yet');
    if (!(await this.secrets.verify(application, clientSecret))) throw refused('wrong secret');
    return application;
  }
}

/** Whether the `Authorization` header tries HTTP Basic, however well. */
export function usesBasic(authorization: string | undefined): boolean {
  return /^basic(\s|$)/i.test(authorization ?? '');
}

/** Which application a request names, in its body or its header; nothing of it is checked. */
export function claimedClientId({ values }: OAuthParameters, authorization: string | undefined): unknown {
  if (!usesBasic(authorization)) return values.get('client_id');
  try {
    return basicCredentials(authorization!).clientId;
  } catch {
    return undefined;
  }
}

function bodyCredentials(parameters: OAuthParameters, usedBasic: boolean): Credentials {
  const clientId = parameter(parameters, 'client_id');
  if (clientId === undefined && !usedBasic) throw InvalidRequest.missing('client_id');
  if (clientId !== undefined && (typeof clientId !== 'string' || clientId.length > LONGEST_CLIENT_ID)) {
    throw InvalidRequest.invalid('client_id');
  }
  const clientSecret = parameter(parameters, 'client_secret');
  if (clientSecret !== undefined && typeof clientSecret !== 'string')
    throw InvalidRequest.invalid('client_secret');
  return { clientId: clientId ?? '', clientSecret };
}

/** Both parts are form-urlencoded before they are joined. */
function basicCredentials(authorization: string): Credentials {
  // Made when it is needed: an error is dear.
  const malformed = () => new InvalidClient('malformed Basic header');
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1];
  if (!encoded || encoded.length % 4 !== 0) throw malformed();
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(encoded, 'base64'));
    const [, clientId, clientSecret] = /^([^:]+):(.*)$/s.exec(text) ?? [];
    if (clientId === undefined || clientSecret === undefined) throw malformed();
    return { clientId: formDecode(clientId), clientSecret: formDecode(clientSecret) || undefined };
  } catch {
    throw malformed();
  }
}

function formDecode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
