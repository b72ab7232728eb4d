import { AppAccessTokens } from '../../src/wechat/app-access-tokens.js';
import { WechatHttpClient } from '../../src/wechat/wechat-http.client.js';
import { WechatClient } from '../../src/wechat/wechat.client.js';

/** The WeChat client on a server and, for the life of access tokens, a clock of the test's own. */
export function connectWechat(apiBaseUrl: string, options: { timeoutMs?: number; now?: () => number } = {}) {
  const http = new WechatHttpClient({ apiBaseUrl, timeoutMs: options.timeoutMs ?? 10_000 });
  return {
    client: new WechatClient(http, new AppAccessTokens(http, options.now)),
    close: () => http.onApplicationShutdown(),
  };
}
