import { type Application } from '../applications/application.entity.js';
import { type AuthSourceType } from '../auth-sources/auth-source-types.js';
import { type AuthSource } from '../auth-sources/auth-source.entity.js';
import { InvalidAuthSource } from './oauth.errors.js';

/**
 * @throws InvalidAuthSource with CIAM's three texts, in this order
 * @see https://cloud.tencent.com/document/product/1441/68677
 */
export function assertAccepted(
  source: AuthSource | undefined,
  types: readonly AuthSourceType[],
  application: Application,
): asserts source is AuthSource {
  if (!source?.enabled)
    throw new InvalidAuthSource('Auth source not found or disabled', source ? 'disabled' : 'unknown');
  if (!types.includes(source.type))
    throw new InvalidAuthSource('Wrong auth source type', `its type is ${source.type}`);
  const isLinked = source.linkedApplications.some(({ clientId }) => clientId === application.clientId);
  if (!isLinked) throw new InvalidAuthSource('Auth source and application not associated');
}
