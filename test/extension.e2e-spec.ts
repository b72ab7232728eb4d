import { Injectable, Module, Scope, type Type } from '@nestjs/common';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import {
  GrantType,
  type ExternalSignIn,
  type GrantOutcome,
  type GrantRequest,
  type GrantStrategy,
  type GrantTypeOptions,
  type UserSignIn,
} from '../src/oauth/grants/grant-strategy.js';
import { InvalidGrant } from '../src/oauth/oauth.errors.js';
import {
  AUTH_SOURCE_ID,
  CLIENT_ID,
  CODE_GRANT,
  JSCODE_GRANT,
  anApplication,
  anAuthSource,
} from '../src/testing/factories.js';
import { decode } from './support/jwt.js';
import { seen, startService, type RunningService } from './support/service.js';

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

describe('whom a strategy may name', () => {
  const USER_GRANT = 'https://example.com/grant-type/user';
  const INVITED_GRANT = 'urn:example:invited';
  const PROFILE = { nickName: 'Somebody' };
  let service: RunningService;
  /** What the strategy says instead of what it was sent. */
  let userNamed: unknown;

  class SubjectParameters {
    @IsString()
    @MaxLength(128)
    auth_source_id: string;

    @IsString()
    @MaxLength(256)
    subject: string;
  }
  const login = { parameters: SubjectParameters, applicationTypes: ['mini_program'] } as const;

  @GrantType({ ...login, grantType: USER_GRANT, authSourceTypes: ['door'] })
  @Injectable()
  class UserStrategy implements GrantStrategy<SubjectParameters> {
    handle({ subject }: SubjectParameters): Promise<UserSignIn> {
      return Promise.resolve({ kind: 'user', userId: (userNamed ?? subject) as string });
    }
  }

  @GrantType({ ...login, grantType: INVITED_GRANT, authSourceTypes: ['door'] })
  @Injectable()
  class InvitedStrategy implements GrantStrategy<SubjectParameters> {
    handle({ subject }: SubjectParameters, { authSource }: GrantRequest): Promise<ExternalSignIn> {
      const identities = [{ type: 'door_key', issuer: authSource!.appId, subject }];
      return Promise.resolve({
        kind: 'external',
        identities,
        profile: () => Promise.resolve(PROFILE),
        signUp: authSource!.secret() === 'open to all',
      });
    }
  }

  beforeAll(async () => {
    service = await startService({}, [moduleOf(UserStrategy), moduleOf(InvitedStrategy)]);
    await service.register({
      applications: [
        anApplication({
          grant_types: [USER_GRANT, INVITED_GRANT, 'refresh_token'],
          refresh_token_ttl: 3600,
        }),
      ],
    });
    await door('open to all');
  });

  afterAll(() => service.close());

  const door = (app_secret: string) =>
    service.register({
      authSources: [
        {
          id: 'front-door',
          type: 'door',
          app_secret,
          applications: [CLIENT_ID],
          attribute_mapping: [{ from: 'nickName', to: 'nickname' }],
        },
      ],
    });

  const request = async (grant_type: string, subject: string, headers: Record<string, string> = {}) => {
    const body = { grant_type, client_id: CLIENT_ID, auth_source_id: 'front-door', subject };
    const { status, body: answer } = await seen(await service.token(body, headers));
    return { status, answer: answer as Record<string, string> };
  };
  const subjectOf = ({ answer }: { answer: Record<string, string> }) => decode(answer.id_token!).payload.sub;

  it('a person of an identity that is its own, at an auth source of a type that is its own', async () => {
    const [first, again] = [await request(INVITED_GRANT, 'Key-1'), await request(INVITED_GRANT, 'Key-1')];
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(subjectOf(again)).toBe(subjectOf(first));
    const other = await request(INVITED_GRANT, 'key-1');
    expect(subjectOf(other)).not.toBe(subjectOf(first));
    const [row] = await service.dataSource.query(
      "SELECT type, issuer, subject FROM external_identities WHERE subject = 'Key-1'",
    );
    expect({ ...row }).toEqual({ type: 'door_key', issuer: 'front-door', subject: 'Key-1' });
  });

  it('a user, who gets a session and is audited like everybody', async () => {
    const userId = subjectOf(await request(INVITED_GRANT, 'Key-2')) as string;
    const signedIn = await request(USER_GRANT, userId);
    expect(signedIn.status).toBe(200);
    expect(subjectOf(signedIn)).toBe(userId);
    expect(signedIn.answer.refresh_token).toMatch(/^[\w-]{128}$/);
    const events: { type: string }[] = await service.dataSource.query(
      `SELECT type FROM audit_events WHERE user_id = '${userId}' ORDER BY id`,
    );
    expect(events.map(({ type }) => type)).toEqual(['user_created', 'login_succeeded', 'login_succeeded']);
    await service.dataSource.query(`UPDATE users SET status = 'LOCK' WHERE id = '${userId}'`);
    expect(await request(USER_GRANT, userId)).toEqual({
      status: 400,
      answer: { error: 'invalid_grant', error_description: 'Abnormal user status' },
    });
  });

  it('nobody new, when it says so', async () => {
    await door('open to all');
    await request(INVITED_GRANT, 'known');
    await door('members only');
    expect((await request(INVITED_GRANT, 'known')).status).toBe(200);
    const unknown = {
      status: 400,
      answer: { error: 'invalid_grant', error_description: 'User not found' },
    };
    expect(await request(INVITED_GRANT, 'unknown')).toEqual(unknown);
    expect(await request(USER_GRANT, 'unknown')).toEqual(unknown);
    const [row] = await service.dataSource.query(
      "SELECT COUNT(*) AS identities FROM external_identities WHERE subject = 'unknown'",
    );
    expect(Number(row.identities)).toBe(0);
  });

  it('whoever it is: the request may be sent again under one Idempotency-Key', async () => {
    await door('open to all');
    const userId = subjectOf(await request(INVITED_GRANT, 'Key-3')) as string;
    for (const [grant, subject] of [
      [USER_GRANT, userId],
      [INVITED_GRANT, 'Key-3'],
    ] as const) {
      const headers = { 'Idempotency-Key': `a-key-for-the-grant-${grant}` };
      const first = await request(grant, subject, headers);
      expect(first.status).toBe(200);
      expect(await request(grant, subject, headers)).toEqual(first);
    }
  });

  it('no user by anything but an id', async () => {
    const userId = subjectOf(await request(INVITED_GRANT, 'Key-4')) as string;
    const broken = {
      status: 500,
      answer: { error: 'server_error', error_description: 'Internal server error' },
    };
    // What a database would take for the beginning of an id, or for the whole of it.
    for (const named of [Number.parseInt(userId, 10), '']) {
      userNamed = named;
      expect(await request(USER_GRANT, userId)).toEqual(broken);
    }
    userNamed = `${userId} `;
    expect(await request(USER_GRANT, userId)).toMatchObject({
      status: 400,
      answer: { error_description: 'User not found' },
    });
    userNamed = undefined;
  });

  it('nobody whose identity cannot be stored', async () => {
    expect(await request(INVITED_GRANT, 'x'.repeat(129))).toEqual({
      status: 500,
      answer: { error: 'server_error', error_description: 'Internal server error' },
    });
  });
});

describe('what is not checked of a login', () => {
  const LOGIN_GRANT = 'urn:example:login';
  const OTHER_GRANT = 'urn:example:other';
  let service: RunningService;
  let outcome: GrantOutcome;
  let seenApplication: object;

  class OtherParameters {
    @IsOptional()
    @IsString()
    scope?: string;
  }

  abstract class SayingStrategy implements GrantStrategy {
    handle(_parameters: object, { application }: GrantRequest): Promise<GrantOutcome> {
      seenApplication = application;
      return Promise.resolve(outcome);
    }
  }

  @GrantType({
    grantType: LOGIN_GRANT,
    parameters: BadgeParameters,
    applicationTypes: ['mini_program'],
    authSourceTypes: ['door'],
  })
  @Injectable()
  class LoginStrategy extends SayingStrategy {}

  @GrantType({ grantType: OTHER_GRANT, parameters: OtherParameters, applicationTypes: ['mini_program'] })
  @Injectable()
  class OtherStrategy extends SayingStrategy {}

  beforeAll(async () => {
    service = await startService({}, [LoginStrategy, OtherStrategy]);
    await service.register({
      applications: [anApplication({ grant_types: [LOGIN_GRANT, OTHER_GRANT] })],
      authSources: [{ id: 'door', type: 'door', applications: [CLIENT_ID] }],
    });
  });

  afterAll(() => service.close());

  const ask = async (grant_type: string) =>
    seen(await service.token({ grant_type, client_id: CLIENT_ID, auth_source_id: 'door', badge: 'badge-7' }));
  const broken = { status: 500, body: { error: 'server_error', error_description: 'Internal server error' } };

  it('is nobody’s by an auth source: neither an application’s nor a session’s', async () => {
    outcome = { kind: 'application' };
    expect(await ask(LOGIN_GRANT)).toEqual(broken);
    outcome = { kind: 'session', refreshToken: 'x'.repeat(128) };
    expect(await ask(LOGIN_GRANT)).toEqual(broken);
    outcome = { kind: 'user', userId: 'somebody' };
    expect(await ask(OTHER_GRANT)).toEqual(broken);
  });

  it('is not for an application that cannot prove who it is', async () => {
    outcome = { kind: 'application' };
    expect(await ask(OTHER_GRANT)).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
  });

  it('shows a strategy no secret, and nothing that is kept', async () => {
    outcome = { kind: 'application' };
    await ask(OTHER_GRANT);
    const application = {
      clientId: CLIENT_ID,
      name: 'Sample mini program',
      type: 'mini_program',
      scopes: ['openid'],
    };
    expect(seenApplication).toEqual(application);
    (seenApplication as { scopes: string[] }).scopes.push('admin');
    await ask(OTHER_GRANT);
    expect(seenApplication).toEqual(application);
  });
});

describe('the boot stops', () => {
  const options: GrantTypeOptions = {
    grantType: BADGE_GRANT,
    parameters: BadgeParameters,
    applicationTypes: ['web'],
    authSourceTypes: ['wechat_website'],
  };
  class StrategyOfTheTest implements GrantStrategy {
    handle = () => Promise.reject(new Error('nobody asks it'));
  }
  const booting = (declared: object, strategy: Type = class extends StrategyOfTheTest {}) => {
    Object.defineProperty(strategy, 'name', { value: 'FaultyStrategy' });
    Injectable()(strategy);
    GrantType({ ...options, ...declared })(strategy);
    return startService({}, [moduleOf(strategy)]);
  };

  it('when two strategies claim one grant type', async () => {
    await expect(booting({ grantType: JSCODE_GRANT })).rejects.toThrow(
      `Two strategies claim the grant type ${JSCODE_GRANT}: FaultyStrategy and WechatJscodeGrantStrategy`,
    );
  });

  it.each(['badge', 'wechat jscode', '', 'https://', 'jwt-bearer', undefined])(
    'when its grant type, %j, is neither a standard one nor a URI',
    async (grantType) => {
      await expect(booting({ grantType })).rejects.toThrow(
        `The grant strategy FaultyStrategy has the grant type ${grantType}, which is neither a name of RFC 6749 nor an absolute URI`,
      );
    },
  );

  it('when it has no class of parameters, or one that declares none', async () => {
    await expect(booting({ parameters: undefined })).rejects.toThrow(
      'The grant strategy FaultyStrategy declares no class of parameters',
    );
    class BareParameters {
      badge: string;
    }
    await expect(booting({ parameters: BareParameters })).rejects.toThrow(
      'The grant strategy FaultyStrategy has parameters, BareParameters, of which none has a class-validator decorator',
    );
  });

  it('when a login has no parameter for its auth source', async () => {
    class NoAuthSource {
      @IsString()
      badge: string;
    }
    await expect(booting({ parameters: NoAuthSource })).rejects.toThrow(
      'The grant strategy FaultyStrategy accepts auth sources, but its parameters do not declare auth_source_id',
    );
  });

  it.each([
    [{ applicationTypes: undefined }, 'must name the types of application that may use it'],
    [{ applicationTypes: [] }, 'must name the types of application that may use it'],
    [{ applicationTypes: ['website'] }, 'must name the types of application that may use it'],
    [{ authSourceTypes: [] }, 'must name the types of auth source that it accepts'],
    [{ authSourceTypes: ['My Door'] }, 'must name the types of auth source that it accepts'],
  ])('when it declares %j', async (declared, what) => {
    await expect(booting(declared)).rejects.toThrow(`The grant strategy FaultyStrategy ${what}`);
  });

  it('when there is more than one instance of it', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {}
    @Injectable()
    class DependingStrategy extends StrategyOfTheTest {
      constructor(readonly dependency: PerRequest) {
        super();
      }
    }
    @Module({ providers: [PerRequest, DependingStrategy] })
    class DependingModule {}
    GrantType(options)(DependingStrategy);
    await expect(startService({}, [DependingModule])).rejects.toThrow(
      'The grant strategy DependingStrategy is request-scoped, or something is that it injects',
    );
    @Injectable({ scope: Scope.TRANSIENT })
    class TransientStrategy extends StrategyOfTheTest {}
    GrantType(options)(TransientStrategy);
    await expect(startService({}, [moduleOf(TransientStrategy)])).rejects.toThrow(
      'The grant strategy TransientStrategy is transient',
    );
  });

  it('when a module brings none', async () => {
    @Module({ providers: [BadgeParameters] })
    class EmptyModule {}
    const complaint = 'EmptyModule brings no grant; has it imported another copy of nest-ciam than this one?';
    await expect(startService({}, [EmptyModule])).rejects.toThrow(complaint);
  });

  it('but not when Nest alone knows what a module brings', async () => {
    @GrantType(options)
    @Injectable()
    class MadeStrategy extends StrategyOfTheTest {}
    @Module({ providers: [{ provide: 'made', useFactory: () => new MadeStrategy() }] })
    class MadeModule {}
    const service = await startService({}, [MadeModule]);
    const response = await fetch(`${service.url}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({
      grant_types_supported: expect.arrayContaining([BADGE_GRANT]),
    });
    await service.close();
  });

  it('when it does nothing', async () => {
    await expect(booting({}, class {})).rejects.toThrow(
      'The grant strategy FaultyStrategy has no method handle()',
    );
  });
});
