import { type ProvisioningConfig } from '../config/provisioning.config.js';
import { type SettingProblem } from '../database/settings.js';
import { type ProvisioningFile } from './provisioning-file.js';

/** A place for a secret in a file: given by itself, or by the name of the variable that holds it. */
interface SecretField {
  /** Path of the field, such as `auth_sources.0.app_secret`. */
  readonly path: string;
  readonly secret: string | undefined;
  readonly variable: string | undefined;
  fill(secret: string): void;
}

/** Puts the secrets that the file names by variable into their places. @returns what is wrong with them */
export function fillInSecrets(file: ProvisioningFile, config: ProvisioningConfig): SettingProblem[] {
  return secretFields(file).flatMap((field) => {
    const { path, secret, variable } = field;
    if (!variable) return secret && config.refuses(secret) ? [placeholder(path)] : [];
    const property = `${path}_env`;
    if (secret) return [{ property, message: 'give the secret or its variable, not both' }];
    const named = namedSecret(property, variable, config);
    if (typeof named !== 'string') return [named];
    field.fill(named);
    return [];
  });
}

/** The secret that a variable holds, or what is wrong with it. @param property what names the variable */
export function namedSecret(
  property: string,
  variable: string,
  config: ProvisioningConfig,
): string | SettingProblem {
  const secret = config.secret(variable);
  if (!secret) return { property, message: `the environment variable ${variable} is not set` };
  return config.refuses(secret) ? placeholder(property) : secret;
}

function secretFields({ applications, auth_sources }: ProvisioningFile): SecretField[] {
  return [
    ...(applications ?? []).map((application, index) => ({
      path: `applications.${index}.client_secret`,
      secret: application.client_secret,
      variable: application.client_secret_env,
      fill: (secret: string) => (application.client_secret = secret),
    })),
    ...(auth_sources ?? []).map((source, index) => ({
      path: `auth_sources.${index}.app_secret`,
      secret: source.app_secret,
      variable: source.app_secret_env,
      fill: (secret: string) => (source.app_secret = secret),
    })),
  ];
}

function placeholder(property: string): SettingProblem {
  return { property, message: 'is a placeholder, which production refuses' };
}
