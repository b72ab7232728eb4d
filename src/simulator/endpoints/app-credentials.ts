import { type App } from '../state/app.js';
import { isWhitelisted } from '../state/ip-whitelist.js';
import { type WechatState } from '../wechat-state.js';
import { WechatError } from './wechat-error.js';

type GuardedEndpoint = App['ip_whitelist_endpoints'][number];

export interface AppCredentials {
  readonly appid: string;
  readonly secret: string;
}

/** The first check of all, for it comes before the parameters are looked at: 40164. */
export function checkWhitelist(
  state: WechatState,
  appid: string,
  endpoint: GuardedEndpoint,
  address: string,
): void {
  const app = state.apps.find(appid);
  if (!app?.ip_whitelist || !app.ip_whitelist_endpoints.includes(endpoint)) return;
  if (!isWhitelisted(address, app.ip_whitelist)) throw new WechatError(40164);
}

/** 41002 and 41004: not sent, or empty. */
export function checkPresent({ appid, secret }: AppCredentials): void {
  if (!appid) throw new WechatError(41002);
  if (!secret) throw new WechatError(41004);
}

/** 40013: WeChat knows no such app. */
export function findApp(state: WechatState, { appid }: AppCredentials): App {
  const app = state.apps.find(appid);
  if (!app) throw new WechatError(40013);
  return app;
}

/** 40125: sent, but not the app's. */
export function checkSecret(app: App, { secret }: AppCredentials): void {
  if (secret !== app.secret) throw new WechatError(40125);
}
