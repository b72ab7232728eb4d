import { Type } from 'class-transformer';
import { IsArray, IsObject, IsOptional, Matches, ValidateNested } from 'class-validator';
import { ApplicationSettings } from '../applications/application-settings.js';
import { AuthSourceSettings } from '../auth-sources/auth-source-settings.js';
import { type SettingProblem } from '../database/settings.js';

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const variable = { message: '$property must be the name of an environment variable' };

export class ProvisionedApplication extends ApplicationSettings {
  /** The variable that holds `client_secret`. */
  @IsOptional()
  @Matches(VARIABLE, variable)
  client_secret_env?: string;
}

export class ProvisionedAuthSource extends AuthSourceSettings {
  /** The variable that holds `app_secret`. */
  @IsOptional()
  @Matches(VARIABLE, variable)
  app_secret_env?: string;
}

/** What a provisioning file describes. A list whose entries are all commented out is `null`. */
export class ProvisioningFile {
  @IsOptional()
  @IsArray()
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => ProvisionedApplication)
  applications?: ProvisionedApplication[] | null;

  @IsOptional()
  @IsArray()
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => ProvisionedAuthSource)
  auth_sources?: ProvisionedAuthSource[] | null;
}

/** An entry with the id of an earlier one would silently win over it. */
export function repeatedIds({ applications, auth_sources }: ProvisioningFile): SettingProblem[] {
  return [
    ...repeated(
      'applications',
      'client_id',
      (applications ?? []).map(({ client_id }) => client_id),
    ),
    ...repeated(
      'auth_sources',
      'id',
      (auth_sources ?? []).map(({ id }) => id),
    ),
  ];
}

function repeated(list: string, field: string, ids: readonly string[]): SettingProblem[] {
  return ids.flatMap((id, index) =>
    ids.indexOf(id) < index
      ? [{ property: `${list}.${index}.${field}`, message: `${id} is there already` }]
      : [],
  );
}
