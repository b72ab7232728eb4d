import { type GrantName } from './grant-name.js';

/** Text by file name. */
export type GeneratedFiles = Readonly<Record<string, string>>;

/** A strategy, the class of its parameters, and its test: TypeScript that imports nest-ciam as a package. */
export function grantFiles(name: GrantName, grantType: string): GeneratedFiles {
  return {
    [`${name.kebab}.parameters.ts`]: parameters(name),
    [`${name.kebab}-grant.strategy.ts`]: strategy(name, grantType),
    [`${name.kebab}-grant.spec.ts`]: spec(name),
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
   * @returns nothing when it is nobody's, or was used before
   * @throws any error when the issuer cannot be asked, in time
   */
  abstract redeem(code: string): Promise<${pascal}Holder | undefined>;
}

/** Seconds after which a client may try again when the issuer cannot be asked. */
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
    try {
      return await this.issuer.redeem(code);
    } catch (error) {
      throw new TemporarilyUnavailable('Code issuer unavailable', RETRY_AFTER_S, error);
    }
  }
}
`;
}

function spec({ pascal, kebab, snake }: GrantName): string {
  const constant = `${snake.toUpperCase()}_GRANT`;
  return `import { randomUUID } from 'node:crypto';
import { Module } from '@nestjs/common';
import { describeConformance, type GrantUnderTest } from 'nest-ciam/conformance';
import { anApplication, startCiam, type RunningCiam } from 'nest-ciam/testing';
import {
  ${constant},
  ${pascal}GrantStrategy,
  ${pascal}Issuer,
  type ${pascal}Holder,
} from './${kebab}-grant.strategy.js';

/** Gives codes out, and forgets each when it is redeemed. */
class IssuerInMemory extends ${pascal}Issuer {
  isOutOfReach = false;
  private readonly holders = new Map<string, ${pascal}Holder>();

  issue(subject: string): string {
    const code = randomUUID();
    this.holders.set(code, { subject, profile: { nickName: subject } });
    return code;
  }

  override redeem(code: string): Promise<${pascal}Holder | undefined> {
    if (this.isOutOfReach) return Promise.reject(new Error('out of reach'));
    const holder = this.holders.get(code);
    this.holders.delete(code);
    return Promise.resolve(holder);
  }
}

const issuer = new IssuerInMemory();

@Module({ providers: [${pascal}GrantStrategy, { provide: ${pascal}Issuer, useValue: issuer }] })
class ${pascal}TestModule {}

const CLIENT_ID = 'app';

describe('the ${kebab} grant', () => {
  let ciam: RunningCiam;

  beforeAll(async () => {
    ciam = await startCiam({
      grants: [${pascal}TestModule],
      applications: [anApplication({ client_id: CLIENT_ID, type: 'mobile', grant_types: [${constant}] })],
      authSources: [
        {
          id: 'source',
          type: '${snake}',
          applications: [CLIENT_ID],
          attribute_mapping: [{ from: 'nickName', to: 'nickname' }],
        },
      ],
    });
  });

  afterAll(() => ciam.close());

  const login = async (code: string) => {
    const response = await ciam.token({
      grant_type: ${constant},
      client_id: CLIENT_ID,
      auth_source_id: 'source',
      ${snake}_code: code,
    });
    return { status: response.status, body: (await response.json()) as object };
  };

  it('signs in whoever has a code', async () => {
    expect(await login(issuer.issue('somebody'))).toMatchObject({
      status: 200,
      body: { token_type: 'Bearer', scope: 'openid' },
    });
  });

  it('signs nobody else in', async () => {
    expect(await login('no such code')).toEqual({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Unknown or expired code' },
    });
  });
});

const underTest: GrantUnderTest = {
  grantType: ${constant},
  grants: [${pascal}TestModule],
  authSource: { type: '${snake}' },
  credential: (person) => Promise.resolve({ ${snake}_code: issuer.issue(person) }),
  hang: () => {
    issuer.isOutOfReach = true;
    return Promise.resolve(() => {
      issuer.isOutOfReach = false;
    });
  },
};

describeConformance(underTest);
`;
}
