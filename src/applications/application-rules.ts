import { type SettingProblem } from '../database/settings.js';
import { isPublic, type Application } from './application.entity.js';
import { type GrantTypes } from './grant-types.js';

/** Settings that do not fit together; in the order of the fields. */
export function applicationProblems(application: Application, grantTypes: GrantTypes): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const problem = (property: string, message: string) => problems.push({ property, message });
  if (application.clientSecretHash && isPublic(application.type)) {
    problem('client_secret', `an application of type ${application.type} is public and cannot keep a secret`);
  }
  for (const name of application.grantTypes) {
    const grant = grantTypes.get(name);
    if (!grant) problem('grant_types', `unknown grant type ${name}`);
    else if (!grant.applicationTypes.includes(application.type)) {
      problem('grant_types', `${name} is not for applications of type ${application.type}`);
    }
  }
  if (application.refreshTokenTtl > application.refreshTokenMaxTtl) {
    problem('refresh_token_ttl', 'must not be greater than refresh_token_max_ttl');
  }
  return problems;
}
