import { startSimulator, type RunningSimulator } from '../../src/simulator/start-simulator.js';
import { type AppOptions } from '../../src/simulator/state/app.js';
import { RawHttp, type RawAnswer } from './raw-http.js';

export const APPID = 'wx00000000000000aa';
export const SECRET = 'secret-of-aa';
export const OTHER_APPID = 'wx00000000000000bb';
export const OTHER_SECRET = 'secret-of-bb';

/** 2023-11-14T22:13:20Z, which is 6553f100 in seconds and hexadecimal. */
export const NOW = 1_700_000_000_000;
export const RID = '6553f100-[0-9a-f]{8}-[0-9a-f]{8}';

/** A simulator at that time, with both apps; `options` are of the first. */
export function startWithTwoApps(options: AppOptions = {}): Promise<RunningSimulator> {
  return startSimulator({
    clock: { now: () => NOW },
    apps: [
      { appid: APPID, secret: SECRET, ...options },
      { appid: OTHER_APPID, secret: OTHER_SECRET },
    ],
  });
}

/** WeChat's calls as raw HTTP, each with right parameters unless the test names others. */
export class RawWechat extends RawHttp {
  code2Session(jsCode: string, query: Record<string, string> = {}): Promise<RawAnswer> {
    return this.get('/sns/jscode2session', {
      appid: APPID,
      secret: SECRET,
      js_code: jsCode,
      grant_type: 'authorization_code',
      ...query,
    });
  }

  /** The code of an authorization page for the user's access token. */
  exchange(code: string, query: Record<string, string> = {}): Promise<RawAnswer> {
    return this.get('/sns/oauth2/access_token', {
      appid: APPID,
      secret: SECRET,
      code,
      grant_type: 'authorization_code',
      ...query,
    });
  }

  token(query: Record<string, string> = {}): Promise<RawAnswer> {
    return this.get('/cgi-bin/token', {
      grant_type: 'client_credential',
      appid: APPID,
      secret: SECRET,
      ...query,
    });
  }

  stableToken(body: Record<string, unknown> = {}): Promise<RawAnswer> {
    return this.post('/cgi-bin/stable_token', {
      grant_type: 'client_credential',
      appid: APPID,
      secret: SECRET,
      ...body,
    });
  }

  /** The text of a fresh or current stable access token. */
  async accessToken(body: Record<string, unknown> = {}): Promise<string> {
    const { json } = await this.stableToken(body);
    return (json as { access_token: string }).access_token;
  }

  phoneNumber(accessToken: string, code: string, body: Record<string, unknown> = {}): Promise<RawAnswer> {
    return this.post('/wxa/business/getuserphonenumber', { code, ...body }, { access_token: accessToken });
  }

  /** What an access token is good for: a call that fails on its arguments (40097) once the token has passed. */
  async errcodeOfToken(accessToken: string): Promise<number> {
    const { json } = await this.get('/wxa/checksession', { access_token: accessToken });
    return (json as { errcode: number }).errcode;
  }
}
