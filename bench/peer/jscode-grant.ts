import { type Provider, type TokenEndpointGrantContext } from 'oidc-provider';
import { Pool } from 'undici';
import { APP_ID } from '../people/people.js';
import { type PeerUsers } from './users.js';

export const GRANT_PARAMETERS = ['js_code'];

const SCOPE = 'openid profile phone';
const RESOURCE = 'https://api.example.com';
const RESOURCE_SERVER = {
  scope: SCOPE,
  accessTokenFormat: 'jwt',
  accessTokenTTL: 300,
  jwt: { sign: { alg: 'RS256' } },
} as const;

/** The same grant as ours, as somebody would write it for oidc-provider. */
export function jscodeGrant(provider: Provider, wechatUrl: string, users: PeerUsers) {
  const wechat = new Pool(wechatUrl);
  const resourceServer = new provider.ResourceServer(RESOURCE, RESOURCE_SERVER);

  async function code2Session(jsCode: string): Promise<string> {
    const query = { appid: APP_ID, secret: 'secret', js_code: jsCode, grant_type: 'authorization_code' };
    const path = `/sns/jscode2session?${new URLSearchParams(query).toString()}`;
    const { body } = await wechat.request({ path, method: 'GET' });
    const { openid } = (await body.json()) as { openid?: string };
    if (!openid) throw new Error('WeChat has refused the code');
    return openid;
  }

  return async (context: TokenEndpointGrantContext<{ js_code: string }>): Promise<void> => {
    const { client, params } = context.oidc;
    const accountId = await users.signedIn(await code2Session(params.js_code));
    const gty = 'wechat_jscode';
    const accessToken = new provider.AccessToken({
      accountId,
      client,
      resourceServer,
      scope: SCOPE,
      gty,
      grantId: '',
    });
    const idToken = new provider.IdToken({ sub: accountId }, { ctx: context });
    const claims = Object.assign(idToken, { scope: SCOPE });
    context.body = {
      access_token: await accessToken.save(),
      id_token: await claims.issue({ use: 'idtoken' }),
      token_type: accessToken.tokenType,
      expires_in: accessToken.expiration,
      scope: SCOPE,
    };
  };
}
