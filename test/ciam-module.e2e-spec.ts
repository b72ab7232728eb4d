import { type AddressInfo } from 'node:net';
import { Body, Controller, Get, Injectable, Module, NotFoundException, Post } from '@nestjs/common';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { IsString } from 'class-validator';
import { json } from 'express';
import {
  CiamModule,
  GrantType,
  InvalidGrant,
  configureApp,
  type EnvironmentVariables,
  type ExternalSignIn,
  type GrantStrategy,
} from '../src/nest-ciam.js';
import { isMysql } from './support/test-database.js';

class BadgeParameters {
  @IsString()
  auth_source_id: string;

  @IsString()
  badge: string;
}

/** What the grant asks of the application around it. */
@Injectable()
class Badges {
  readonly known = ['7'];
}

@Module({ providers: [Badges], exports: [Badges] })
class BadgesModule {}

@GrantType({
  grantType: 'urn:example:badge',
  parameters: BadgeParameters,
  applicationTypes: ['mobile'],
  authSourceTypes: ['badge_reader'],
})
@Injectable()
class BadgeGrantStrategy implements GrantStrategy<BadgeParameters> {
  constructor(private readonly badges: Badges) {}

  handle({ badge }: BadgeParameters): Promise<ExternalSignIn> {
    if (!this.badges.known.includes(badge)) throw new InvalidGrant('Unknown badge');
    const identities = [{ type: 'badge', issuer: 'reader', subject: badge }];
    return Promise.resolve({ kind: 'external', identities, profile: () => Promise.resolve({}) });
  }
}

@Module({ imports: [BadgesModule], providers: [BadgeGrantStrategy] })
class BadgeGrantModule {}

@Injectable()
class Settings {
  readonly environment: EnvironmentVariables = {
    ISSUER: 'https://shop.example.com',
    DATABASE_URL: 'sqlite::memory:',
    ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
    ADMIN_TOKEN: 'the-admin-token-of-the-application',
    RATE_LIMIT_PER_MINUTE: '0',
    LOG_LEVEL: 'silent',
  };
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

@Controller('shop')
class ShopController {
  @Get()
  open(): object {
    return { open: true };
  }

  @Post('orders')
  order(@Body() body: { item: string }): object {
    return { ordered: body.item };
  }

  @Get('nothing')
  nothing(): never {
    throw new NotFoundException({ error: 'sold out' });
  }
}

const ciam = CiamModule.forRootAsync({
  imports: [SettingsModule],
  inject: [Settings],
  useFactory: (settings: Settings) => settings.environment,
  grants: [BadgeGrantModule],
});

@Module({ imports: [ciam], controllers: [ShopController] })
class ShopModule {}

// Whatever the database is.
(isMysql ? describe.skip : describe)('another application with the service in it', () => {
  let app: NestExpressApplication;
  let url: string;

  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [ShopModule] }).compile();
    app = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
    configureApp(app);
    app.use('/shop', json());
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    app.getHttpServer().closeAllConnections();
    await app.close();
  });

  const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const get = async (path: string) => {
    const response = await fetch(url + path);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('signs users in, by a grant that is the application’s', async () => {
    const admin = { Authorization: `Bearer ${new Settings().environment.ADMIN_TOKEN}` };
    const application = { client_id: 'app', type: 'mobile', grant_types: ['urn:example:badge'] };
    const source = { id: 'reader', type: 'badge_reader', applications: ['app'] };
    expect(await post('/admin/v1/applications', application, admin)).toMatchObject({ status: 201 });
    expect(await post('/admin/v1/auth-sources', source, admin)).toMatchObject({
      status: 201,
      body: { app_id: 'reader', type: 'badge_reader' },
    });
    const login = { grant_type: 'urn:example:badge', client_id: 'app', auth_source_id: 'reader' };
    expect(await post('/oauth2/token', { ...login, badge: '7' })).toMatchObject({
      status: 200,
      body: { scope: 'openid', token_type: 'Bearer' },
    });
    expect(await post('/oauth2/token', { ...login, badge: '8' })).toEqual({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Unknown badge' },
    });
    expect(await get('/.well-known/openid-configuration')).toMatchObject({
      body: {
        issuer: 'https://shop.example.com',
        grant_types_supported: expect.arrayContaining(['urn:example:badge']),
      },
    });
  });

  it('goes on as it is elsewhere', async () => {
    expect(await get('/shop')).toEqual({ status: 200, body: { open: true } });
    expect(await post('/shop/orders', { item: 'lamp' })).toEqual({ status: 201, body: { ordered: 'lamp' } });
    expect(await get('/shop/nothing')).toEqual({ status: 404, body: { error: 'sold out' } });
  });

  it('does not start when a variable is wrong, and says which', async () => {
    const environment = { ...new Settings().environment, DATABASE_URL: 'postgres://db', LOG_LEVEL: 'loud' };
    const compiled = Test.createTestingModule({ imports: [CiamModule.forRoot({ environment })] }).compile();
    await expect(compiled).rejects.toThrow(
      /^Wrong configuration:\n {2}(DATABASE_URL|LOG_LEVEL): .+\n {2}\w+: /,
    );
  });

  it('does not read the environment of its process', async () => {
    process.env.ADMIN_TOKEN = 'an-admin-token-of-the-process-itself';
    try {
      const environment = { ...new Settings().environment, ADMIN_TOKEN: undefined };
      const module = await Test.createTestingModule({
        imports: [CiamModule.forRoot({ environment })],
      }).compile();
      const other = module.createNestApplication<NestExpressApplication>({
        bodyParser: false,
        logger: false,
      });
      configureApp(other);
      await other.listen(0, '127.0.0.1');
      const { port } = other.getHttpServer().address() as AddressInfo;
      const answer = await fetch(`http://127.0.0.1:${port}/admin/v1/users`, {
        headers: { Authorization: `Bearer ${process.env.ADMIN_TOKEN}`, Connection: 'close' },
      });
      expect(answer.status).toBe(404);
      other.getHttpServer().closeAllConnections();
      await other.close();
    } finally {
      delete process.env.ADMIN_TOKEN;
    }
  });
});
