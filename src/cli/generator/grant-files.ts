import { type GrantName } from './grant-name.js';
import { grantSpec } from './grant-spec.js';

/** Text by file name. */
export type GeneratedFiles = Readonly<Record<string, string>>;

/** A strategy, the class of its parameters, and its test: TypeScript that imports nest-ciam as a package. */
export function grantFiles(name: GrantName, grantType: string): GeneratedFiles {
  return {
    [`${name.kebab}.parameters.ts`]: parameters(name),
    [`${name.kebab}-grant.strategy.ts`]: strategy(name, grantType),
    [`${name.kebab}-grant.spec.ts`]: grantSpec(name),
  };
}

function parameters({ pascal, kebab, snake }: GrantName): string {
  return `import { IsOptional, IsString, MaxLength } from 'class-validator';

/** What a ${kebab} login takes. Of several faults, the one of the property that stands first is reported. */
export class ${pascal}Parameters {
  @IsString()
  @MaxLength(128)
  auth_source_id!: string;

  /** Proves who signs in; works once. */
  @IsString()
  @MaxLength(512)
  ${snake}_code!: string;

  /** Space separated; narrows what is granted. */
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  scope?: string;
}
`;
}

function strategy({ pascal, kebab, snake }: GrantName, grantType: string): string {
  return `import { Injectable } from '@nestjs/common';
import {
  GrantType,
  InvalidGrant,
  TemporarilyUnavailable,
  type ExternalSignIn,
  type GrantRequest,
  type GrantStrategy,
  type SourceProfile,
} from 'nest-ciam';
import { ${pascal}Parameters } from './${kebab}.parameters.js';

export const ${snake.toUpperCase()}_GRANT = '${grantType}';

/** Somebody whom the issuer of the codes knows. */
export interface ${pascal}Holder {
  /** The same for a person each time, and for nobody else. */
  readonly subject: string;
  readonly profile: SourceProfile;
}

/** Whoever gives the codes out; the module that lists the strategy provides it. */
export abstract class ${pascal}Issuer {
  /**
   * Whose code it is. It is good no more: of several that present it at once, one has it.
   *
   * @param signal says when it is waited for no longer
   * @returns nothing when it is nobody's, or was used before
   * @throws any error when the issuer cannot be asked
   */
  abstract redeem(code: string, signal: AbortSignal): Promise<${pascal}Holder | undefined>;
}

/** How long the issuer is waited for. */
const DEADLINE_MS = 3000;
/** Seconds after which a client may try again when the issuer cannot be asked, or does not answer. */
const RETRY_AFTER_S = 5;

/** Signs in whoever presents a code. */
@GrantType({
  grantType: ${snake.toUpperCase()}_GRANT,
  parameters: ${pascal}Parameters,
  applicationTypes: ['web', 'spa', 'mobile', 'mini_program'],
  authSourceTypes: ['${snake}'],
})
@Injectable()
export class ${pascal}GrantStrategy implements GrantStrategy<${pascal}Parameters> {
  constructor(private readonly issuer: ${pascal}Issuer) {}

  async handle(parameters: ${pascal}Parameters, { authSource }: GrantRequest): Promise<ExternalSignIn> {
    const holder = await this.redeem(parameters.${snake}_code);
    if (!holder) throw new InvalidGrant('Unknown or expired code');
    return {
      kind: 'external',
      identities: [{ type: '${snake}', issuer: authSource!.appId, subject: holder.subject }],
      profile: () => Promise.resolve(holder.profile),
    };
  }

  private async redeem(code: string): Promise<${pascal}Holder | undefined> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('The issuer does not answer')));
    });
    // Also what is thrown instead of promised is a rejection, which the race hears of as it does of the deadline.
    const redeeming = (async () => this.issuer.redeem(code, signal))();
    try {
      return await Promise.race([redeeming, late]);
    } catch (error) {
      throw new TemporarilyUnavailable('Code issuer unavailable', RETRY_AFTER_S, error);
    }
  }
}
`;
}
