import { expectMatch, expectSame } from './demo-failed.js';
import { getJson, postJson } from './http.js';
import { type Page } from './page.js';
import { miniProgram, sample, wechatUser } from './sample.js';
import { expectAccessToken, expectIdToken } from './token-expectations.js';
import { verifyToken, type VerifiedToken } from './token-verification.js';

/** What the mini program got from WeChat. */
interface WechatResults {
  readonly js_code: unknown;
  readonly encryptedData: unknown;
  readonly iv: unknown;
  readonly phone_code: unknown;
}

/** One login, step by step over HTTP, as a mini program and its server take part in it. */
export class Login {
  constructor(
    private readonly page: Page,
    private readonly serviceUrl: string,
    private readonly simulatorUrl: string,
  ) {}

  /** @throws DemoFailed at the first step that is wrong */
  async run(): Promise<void> {
    const { tokenEndpoint, jwksUri } = await this.discover();
    const response = await this.requestTokens(tokenEndpoint, await this.askWechat());
    const { status, body } = await getJson(jwksUri);
    expectSame(`status of ${jwksUri}`, status, 200);
    const verified = (name: string, token: unknown) => this.verify(name, token, body.keys);
    const accessToken = verified('access token', response.access_token);
    expectAccessToken(accessToken, this.serviceUrl);
    expectIdToken(verified('ID token', response.id_token), this.serviceUrl, accessToken);
  }

  private async discover(): Promise<{ tokenEndpoint: string; jwksUri: string }> {
    const url = `${this.serviceUrl}/.well-known/openid-configuration`;
    this.page.heading(`Discovery: GET ${url}`);
    const { status, body } = await getJson(url);
    expectSame(`status of ${url}`, status, 200);
    const tokenEndpoint = `${this.serviceUrl}/oauth2/token`;
    const jwksUri = `${this.serviceUrl}/oauth2/jwks`;
    for (const [member, expected] of Object.entries({
      issuer: this.serviceUrl,
      token_endpoint: tokenEndpoint,
      jwks_uri: jwksUri,
    })) {
      expectSame(`${member} of ${url}`, body[member], expected);
      this.page.done(`${member} ${expected}`);
    }
    return { tokenEndpoint, jwksUri };
  }

  /** What happens on the phone; the simulator plays WeChat's part. */
  private async askWechat(): Promise<WechatResults> {
    const { appid } = miniProgram;
    const user = wechatUser.id;
    this.page.heading('In the mini program, with the simulator for WeChat');
    await this.control('users', wechatUser);
    const { js_code, encryptedData, iv } = await this.control('codes', { appid, user, profile: 'real' });
    this.page.done('wx.login()           js_code');
    this.page.done('wx.getUserProfile()  encryptedData, iv');
    const { phone_code } = await this.control('phone-codes', { appid, user });
    this.page.done('getPhoneNumber       phone_code');
    return { js_code, encryptedData, iv, phone_code };
  }

  private async requestTokens(url: string, { js_code, encryptedData, iv, phone_code }: WechatResults) {
    const request = {
      grant_type: sample.grantType,
      client_id: sample.clientId,
      auth_source_id: sample.authSourceId,
      js_code,
      getUserInfo: true,
      encryptedData,
      iv,
      getPhoneNumber: true,
      phone_code,
    };
    this.page.heading(`Request: POST ${url}`);
    this.page.json(request);
    const { status, statusText, headers, body } = await postJson(url, request);
    this.page.heading(`Response: ${status} ${statusText}`);
    this.page.json(body);
    expectSame('status of the login', status, 200);
    expectSame('Content-Type of the login', headers.get('content-type'), 'application/json;charset=UTF-8');
    expectSame('Cache-Control of the login', headers.get('cache-control'), 'no-store');
    const { access_token, refresh_token, id_token, expires_in, ...rest } = body;
    const members = Object.keys(body).sort();
    expectSame('members of the response', members, [
      ...['access_token', 'expires_in', 'id_token', 'refresh_token', 'scope', 'token_type'],
    ]);
    expectSame('response', rest, { scope: sample.scopes.join(' '), token_type: 'Bearer' });
    expectMatch('refresh_token', refresh_token, /^[\w-]{128}$/);
    const lasts = typeof expires_in === 'number' && expires_in > 0 && expires_in <= sample.accessTokenTtl;
    expectSame(`expires_in of 1 to ${sample.accessTokenTtl} seconds`, lasts ? 'so' : expires_in, 'so');
    return { access_token, id_token };
  }

  private verify(name: string, token: unknown, jwks: unknown): VerifiedToken {
    this.page.heading(`${name[0]!.toUpperCase()}${name.slice(1)}`);
    const verified = verifyToken(name, token, jwks, this.serviceUrl);
    this.page.json(verified);
    this.page.done(`verified with kid ${String(verified.header.kid)}`);
    this.page.note('signature, algorithm, issuer, audience and expiry, by the key of the JWKS');
    return verified;
  }

  private async control(path: string, request: object): Promise<Readonly<Record<string, unknown>>> {
    const url = `${this.simulatorUrl}/simulator/${path}`;
    const { status, body } = await postJson(url, request);
    expectSame(`status of ${url}`, status, 200);
    return body;
  }
}
