import {
  moveClock,
  resetClock,
  startCiam,
  stopClock,
  anApplication,
  type RunningCiam,
} from 'nest-ciam/testing';
import { ConsoleSmsSender, SMS_OTP_GRANT, SmsOtpModule } from '../src/sms-otp.module.js';
import { SmsInMemory } from './sms-in-memory.js';

const CLIENT_ID = 'shop-app';
const AUTH_SOURCE_ID = 'sms';
const DAY_S = 86_400;
const ORIGIN = 'https://shop.example.com';

const refused = (error: string, error_description: string, status = 400) => ({
  status,
  body: { error, error_description },
});

describe('sign-in by SMS', () => {
  let ciam: RunningCiam;
  const sender = new SmsInMemory();
  let numbers = 0;

  beforeAll(async () => {
    stopClock(Date.parse('2030-01-01T00:00:00Z'));
    const { DATABASE_URL } = process.env;
    ciam = await startCiam({
      environment: DATABASE_URL ? { DATABASE_URL } : {},
      grants: [SmsOtpModule.forRoot(sender)],
      applications: [
        anApplication({
          client_id: CLIENT_ID,
          type: 'mobile',
          grant_types: [SMS_OTP_GRANT, 'refresh_token'],
          scopes: ['openid', 'phone'],
          refresh_token_ttl: 3600,
          cors_origins: [ORIGIN],
        }),
        anApplication({ client_id: 'other-app', type: 'mobile', grant_types: ['refresh_token'] }),
      ],
      authSources: [
        {
          id: AUTH_SOURCE_ID,
          type: 'sms_otp',
          applications: [CLIENT_ID, 'other-app'],
          attribute_mapping: [{ from: 'phoneNumber', to: 'phone_number' }],
        },
      ],
    });
  });

  afterAll(async () => {
    await ciam.close();
    resetClock();
  });

  /** Nobody else's, in the form of mainland China. */
  const aNumber = () => `138${String(++numbers).padStart(8, '0')}`;
  const codeOf = (phone_number: string) => sender.codesOf(`+86${phone_number}`).at(-1)!;

  const post = async (path: string, body: object) => {
    const response = await fetch(ciam.url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return {
      status: response.status,
      body: (await response.json()) as Record<string, string>,
      headers: response.headers,
    };
  };
  const answer = async (path: string, body: object) => {
    const { status, body: answered } = await post(path, body);
    return { status, body: answered };
  };
  const send = (phone_number: string, extra: object = {}) =>
    answer('/otp/send', { client_id: CLIENT_ID, auth_source_id: AUTH_SOURCE_ID, phone_number, ...extra });
  const login = (phone_number: string, otp_token: string, otp: string, extra: object = {}) =>
    answer('/oauth2/token', {
      grant_type: SMS_OTP_GRANT,
      client_id: CLIENT_ID,
      auth_source_id: AUTH_SOURCE_ID,
      phone_number,
      otp_token,
      otp,
      auto_signup: true,
      ...extra,
    });
  const sent = async (phone_number: string) => {
    const { status, body } = await send(phone_number);
    expect(status).toBe(200);
    return { otp_token: body.otp_token!, otp: codeOf(phone_number) };
  };
  /** Another one than was sent. */
  const wrong = (otp: string) => String((Number(otp) + 1) % 1_000_000).padStart(6, '0');

  it('sends a code, and signs in whoever has it, the same user each time', async () => {
    const number = aNumber();
    const { otp_token, otp } = await sent(number);
    expect([otp_token, otp]).toEqual([
      expect.stringMatching(/^[\w-]{43}$/),
      expect.stringMatching(/^\d{6}$/),
    ]);
    const first = await login(number, otp_token, otp);
    expect(first).toEqual({
      status: 200,
      body: {
        access_token: expect.any(String),
        refresh_token: expect.any(String),
        scope: 'openid phone',
        id_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: expect.any(Number),
      },
    });
    moveClock(31);
    const again = await sent(number);
    // The same number, as E.164 has it.
    const second = await login(`+86${number}`, again.otp_token, again.otp, { auto_signup: false });
    const subject = (body: Record<string, string>) =>
      JSON.parse(Buffer.from(body.id_token!.split('.')[1]!, 'base64url').toString()).sub as string;
    expect(subject(second.body)).toBe(subject(first.body));
    const userinfo = await fetch(`${ciam.url}/userinfo`, {
      headers: { Authorization: `Bearer ${second.body.access_token}` },
    });
    expect(await userinfo.json()).toEqual({ sub: subject(first.body), phone_number: `+86${number}` });
  });

  it('answers as the service’s own endpoints do', async () => {
    const { headers } = await post('/otp/send', {
      client_id: CLIENT_ID,
      auth_source_id: AUTH_SOURCE_ID,
      phone_number: aNumber(),
    });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(await send('+0123')).toEqual(refused('malformed_phone_number', 'Malformed phone number'));
    const missing = refused('invalid_request', 'Missing required parameter: phone_number');
    expect(await send('')).toEqual(missing);
    expect(await send(aNumber(), { client_id: 'nobody' })).toEqual(
      refused('invalid_client', 'Client authentication failed', 401),
    );
    expect(await send(aNumber(), { client_id: 'other-app' })).toEqual(
      refused('unauthorized_client', 'Grant type not allowed for this application'),
    );
    expect(await send(aNumber(), { auth_source_id: 'nowhere' })).toEqual(
      refused('invalid_auth_source', 'Auth source not found or disabled'),
    );
  });

  it('makes nobody a user who does not sign up', async () => {
    const number = aNumber();
    const { otp_token, otp } = await sent(number);
    expect(await login(number, otp_token, otp, { auto_signup: false })).toEqual(
      refused('invalid_grant', 'User not found'),
    );
  });

  it('takes a code for five minutes, once, and from whoever asked for it', async () => {
    const number = aNumber();
    const gone = refused('invalid_grant', 'Unknown or expired otp_token');
    const used = await sent(number);
    expect((await login(number, used.otp_token, used.otp)).status).toBe(200);
    expect(await login(number, used.otp_token, used.otp)).toEqual(gone);
    moveClock(31);
    const late = await sent(number);
    moveClock(301);
    expect(await login(number, late.otp_token, late.otp)).toEqual(gone);
    const foreign = await sent(number);
    expect(await login(aNumber(), foreign.otp_token, foreign.otp)).toEqual(
      refused('invalid_request', 'Mismatched OTP token and OTP sending parameters'),
    );
    expect(await login(number, 'no such token', foreign.otp)).toEqual(gone);
  });

  it('takes five wrong codes and no more, however many come at once', async () => {
    const number = aNumber();
    const { otp_token, otp } = await sent(number);
    const answers = await Promise.all(Array.from({ length: 12 }, () => login(number, otp_token, wrong(otp))));
    const descriptions = answers.map(({ body }) => body.error_description).sort();
    expect(descriptions).toEqual([
      ...Array.from({ length: 5 }, () => 'Unknown or expired OTP'),
      ...Array.from({ length: 7 }, () => 'Unknown or expired otp_token'),
    ]);
    expect(await login(number, otp_token, otp)).toEqual(
      refused('invalid_grant', 'Unknown or expired otp_token'),
    );
  });

  it('sends one message to a number in 30 seconds, however many are asked for at once, and 50 in a day', async () => {
    const number = aNumber();
    const limited = refused('sms_rate_limit_exceeded', 'SMS rate limit exceeded for same phone number');
    const answers = await Promise.all(Array.from({ length: 6 }, () => send(number)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status !== 200)).toEqual(Array.from({ length: 5 }, () => limited));
    for (let sentSoFar = 1; sentSoFar < 50; sentSoFar++) {
      moveClock(31);
      expect((await send(number)).status).toBe(200);
    }
    moveClock(31);
    expect(await send(number)).toEqual(limited);
    moveClock(DAY_S);
    expect((await send(number)).status).toBe(200);
    // What is older than a day is kept no longer.
    const rows = await ciam.dataSource.query('SELECT COUNT(*) AS n FROM sms_otp_challenges');
    expect(Number(rows[0].n)).toBe(1);
  });

  it.each([
    ['fails', 200],
    ['throws', 200],
    // The message may arrive yet.
    ['hangs', 400],
  ] as const)('says that it could not send when the sender %s, and the next is %i', async (fault, next) => {
    const number = aNumber();
    sender.fault = fault;
    const { status, body, headers } = await post('/otp/send', {
      client_id: CLIENT_ID,
      auth_source_id: AUTH_SOURCE_ID,
      phone_number: number,
    });
    sender.fault = undefined;
    expect({ status, body }).toEqual(
      refused('temporarily_unavailable', 'Failed to send OTP. Please try again later.', 503),
    );
    expect(headers.get('retry-after')).toBe('5');
    expect((await send(number)).status).toBe(next);
  });

  it('sends to mainland China, and elsewhere only where it is told to', async () => {
    for (const number of ['+14155550100', '+8613', '12345678901', '86 13800000000']) {
      expect(await send(number)).toEqual(refused('malformed_phone_number', 'Malformed phone number'));
    }
    expect((await send(`+86${aNumber()}`)).status).toBe(200);
  });

  it('may be asked by the pages of its applications', async () => {
    const ask = (method: string, origin: string, headers: object = {}, body?: object) =>
      fetch(`${ciam.url}/otp/send`, {
        method,
        headers: { Origin: origin, 'Content-Type': 'application/json', ...headers },
        body: body && JSON.stringify(body),
      });
    const allowed = (response: Response) => response.headers.get('access-control-allow-origin');
    const asked = { 'Access-Control-Request-Method': 'POST' };
    const preflight = await ask('OPTIONS', ORIGIN, asked);
    expect([preflight.status, allowed(preflight)]).toEqual([204, ORIGIN]);
    const foreign = await ask('OPTIONS', 'https://evil.example.com', asked);
    expect([foreign.status, allowed(foreign)]).toEqual([405, null]);
    const body = { client_id: CLIENT_ID, auth_source_id: AUTH_SOURCE_ID, phone_number: aNumber() };
    const sent = await ask('POST', ORIGIN, {}, body);
    expect([sent.status, allowed(sent)]).toEqual([200, ORIGIN]);
    expect((await fetch(`${ciam.url}/otp/send`)).status).toBe(405);
  });
});

describe('for development', () => {
  it('the codes are printed', async () => {
    const printed: string[] = [];
    const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = (text: string | Uint8Array) => printed.push(String(text)) > 0;
    await new ConsoleSmsSender().send('+8613800000000', '012345');
    process.stdout.write = write;
    expect(printed).toEqual(['SMS to +8613800000000: your code is 012345\n']);
  });

  it('and not in production', async () => {
    const { NODE_ENV } = process.env;
    process.env.NODE_ENV = 'production';
    await expect(import('../src/development.js')).rejects.toThrow('it prints the codes');
    process.env.NODE_ENV = NODE_ENV;
  });
});
