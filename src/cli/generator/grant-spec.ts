import { type GrantName } from './grant-name.js';

/** The test of a generated grant: two logins, and what every grant must do. */
export function grantSpec({ pascal, kebab, snake }: GrantName): string {
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
  isHanging = false;
  isBroken = false;
  private readonly holders = new Map<string, ${pascal}Holder>();

  issue(subject: string): string {
    const code = randomUUID();
    this.holders.set(code, { subject, profile: { nickName: subject } });
    return code;
  }

  override redeem(code: string): Promise<${pascal}Holder | undefined> {
    if (this.isHanging) return new Promise(() => undefined);
    if (this.isBroken) throw new Error('out of order');
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

  it('says that it may be tried again when the issuer fails', async () => {
    issuer.isBroken = true;
    expect(await login('any code')).toEqual({
      status: 503,
      body: { error: 'temporarily_unavailable', error_description: 'Code issuer unavailable' },
    });
    issuer.isBroken = false;
  });
});

const underTest: GrantUnderTest = {
  grantType: ${constant},
  grants: [${pascal}TestModule],
  authSource: { type: '${snake}' },
  credential: (person) => Promise.resolve({ ${snake}_code: issuer.issue(person) }),
  hang: () => {
    issuer.isHanging = true;
    return Promise.resolve(() => {
      issuer.isHanging = false;
    });
  },
};

describeConformance(underTest);
`;
}
