import { Injectable, Module, type Type } from '@nestjs/common';
import { IsString, MaxLength } from 'class-validator';
import {
  GrantType,
  type ExternalSignIn,
  type GrantRequest,
  type GrantStrategy,
} from '../src/oauth/grants/grant-strategy.js';
import { InvalidGrant } from '../src/oauth/oauth.errors.js';
import {
  AUTH_SOURCE_ID,
  CLIENT_ID,
  CODE_GRANT,
  JSCODE_GRANT,
  anApplication,
  anAuthSource,
} from './support/factories.js';
import { decode } from './support/jwt.js';
import { startService, type RunningService } from './support/service.js';

const BADGE_GRANT = 'https://example.com/grant-type/badge';

class BadgeParameters {
  @IsString()
  @MaxLength(128)
  auth_source_id: string;

  @IsString()
  @MaxLength(32)
  badge: string;
}

@GrantType({
  grantType: BADGE_GRANT,
  parameters: BadgeParameters,
  applicationTypes: ['mini_program'],
  authSourceTypes: ['wechat_mini_program'],
})
@Injectable()
class BadgeGrantStrategy implements GrantStrategy<BadgeParameters> {
  handle({ badge }: BadgeParameters, { authSource }: GrantRequest): Promise<ExternalSignIn> {
    if (!badge.startsWith('badge-')) throw new InvalidGrant('Unknown badge');
    return Promise.resolve({
      kind: 'external',
      identities: [{ type: 'wechat_openid', issuer: authSource!.appId, subject: badge }],
      profile: () => Promise.resolve({ nickName: `Holder of ${badge}` }),
    });
  }
}

function moduleOf(strategy: Type): Type {
  @Module({ providers: [strategy] })
  class OneStrategyModule {}
  return OneStrategyModule;
}

describe('a grant of one’s own, listed in a module', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService({}, [moduleOf(BadgeGrantStrategy)]);
    await service.register({
      applications: [
        anApplication({
          grant_types: [BADGE_GRANT],
          scopes: ['openid', 'profile'],
          id_token_claims: ['nickname'],
        }),
      ],
      authSources: [anAuthSource({ attribute_mapping: [{ from: 'nickName', to: 'nickname' }] })],
    });
  });

  afterAll(() => service.close());

  const request = (extra: object = {}) =>
    service.token({
      grant_type: BADGE_GRANT,
      client_id: CLIENT_ID,
      auth_source_id: AUTH_SOURCE_ID,
      badge: 'badge-7',
      ...extra,
    });

  it('signs users in as the built-in ones do', async () => {
    const response = await request();
    expect(response.status).toBe(200);
    const { id_token } = (await response.json()) as { id_token: string };
    expect(decode(id_token).payload).toMatchObject({ aud: CLIENT_ID, nickname: 'Holder of badge-7' });
    expect((await request()).status).toBe(200);
    const [events] = await service.dataSource.query(
      "SELECT COUNT(*) AS events FROM audit_events WHERE type = 'login_succeeded'",
    );
    expect(Number(events.events)).toBe(2);
  });

  it('has its parameters, its auth source and its users checked without a word of its own', async () => {
    const answers: [object, string][] = [
      [{ badge: undefined }, 'Missing required parameter: badge'],
      [{ badge: 'x'.repeat(33) }, 'Invalid parameter: badge'],
      [{ badge: ['badge-7'] }, 'Repeated parameter: badge'],
      [{ auth_source_id: 'unknown' }, 'Auth source not found or disabled'],
      [{ badge: 'nothing' }, 'Unknown badge'],
    ];
    for (const [extra, error_description] of answers) {
      const response = await request(extra);
      expect([response.status, await response.json()]).toEqual([
        400,
        expect.objectContaining({ error_description }),
      ]);
    }
    await service.dataSource.query("UPDATE users SET status = 'FREEZE'");
    expect(await (await request()).json()).toEqual({
      error: 'invalid_grant',
      error_description: 'Abnormal user status',
    });
  });

  it('is published', async () => {
    const response = await fetch(`${service.url}/.well-known/openid-configuration`);
    const metadata = (await response.json()) as { grant_types_supported: string[] };
    expect(metadata.grant_types_supported).toEqual([
      'client_credentials',
      CODE_GRANT,
      JSCODE_GRANT,
      BADGE_GRANT,
      'refresh_token',
    ]);
  });
});

it('a strategy that signs users in but accepts no auth source fails, and the caller is told nothing of it', async () => {
  @GrantType({ grantType: BADGE_GRANT, parameters: BadgeParameters, applicationTypes: ['mini_program'] })
  @Injectable()
  class CarelessStrategy implements GrantStrategy<BadgeParameters> {
    handle({ badge }: BadgeParameters): Promise<ExternalSignIn> {
      const identities = [{ type: 'wechat_openid', issuer: 'badges', subject: badge }] as const;
      return Promise.resolve({ kind: 'external', identities, profile: () => Promise.resolve({}) });
    }
  }
  const service = await startService({}, [moduleOf(CarelessStrategy)]);
  await service.register({ applications: [anApplication({ grant_types: [BADGE_GRANT] })] });
  const body = { grant_type: BADGE_GRANT, client_id: CLIENT_ID, auth_source_id: 'x', badge: 'badge-7' };
  const response = await service.token(body);
  expect([response.status, await response.json()]).toEqual([
    500,
    { error: 'server_error', error_description: 'Internal server error' },
  ]);
  const [users] = await service.dataSource.query('SELECT COUNT(*) AS users FROM users');
  expect(Number(users.users)).toBe(0);
  await service.close();
});

describe('the boot stops', () => {
  it('when two strategies claim one grant type', async () => {
    @GrantType({ grantType: JSCODE_GRANT, parameters: BadgeParameters, applicationTypes: ['web'] })
    @Injectable()
    class SecondStrategy {}
    await expect(startService({}, [moduleOf(SecondStrategy)])).rejects.toThrow(
      `Two strategies claim the grant type ${JSCODE_GRANT}`,
    );
  });

  it('when a login has no parameter for its auth source', async () => {
    class NoParameters {
      @IsString()
      badge: string;
    }
    @GrantType({
      grantType: BADGE_GRANT,
      parameters: NoParameters,
      applicationTypes: ['web'],
      authSourceTypes: ['wechat_website'],
    })
    @Injectable()
    class NoAuthSourceStrategy {}
    await expect(startService({}, [moduleOf(NoAuthSourceStrategy)])).rejects.toThrow(
      `The parameters of ${BADGE_GRANT} do not declare auth_source_id`,
    );
  });
});
