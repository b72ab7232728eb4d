import { Type } from 'class-transformer';
import { ArrayUnique, IsArray, IsObject, IsOptional, Matches, ValidateNested } from 'class-validator';
import { ApplicationSettings } from '../applications/application-settings.js';
import { AuthSourceSettings } from '../auth-sources/auth-source-settings.js';

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

/** What a provisioning file describes. */
export class ProvisioningFile {
  @IsOptional()
  @IsArray()
  @IsObject({ each: true })
  @ArrayUnique((entry: Partial<ProvisionedApplication> | null) => entry?.client_id, {
    message: '$property must not name a client_id twice',
  })
  @ValidateNested({ each: true })
  @Type(() => ProvisionedApplication)
  applications?: ProvisionedApplication[];

  @IsOptional()
  @IsArray()
  @IsObject({ each: true })
  @ArrayUnique((entry: Partial<ProvisionedAuthSource> | null) => entry?.id, {
    message: '$property must not name an id twice',
  })
  @ValidateNested({ each: true })
  @Type(() => ProvisionedAuthSource)
  auth_sources?: ProvisionedAuthSource[];
}
