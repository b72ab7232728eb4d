import { MetricsRegistry } from '../../src/metrics/metrics-registry.js';
import { AppAccessTokens } from '../../src/wechat/app-access-tokens.js';
import { WechatHttpClient } from '../../src/wechat/wechat-http.client.js';
import { WechatMetrics } from '../../src/wechat/wechat-metrics.js';
import { WechatClient } from '../../src/wechat/wechat.client.js';

/** The WeChat client on a server and, for the life of access tokens, a clock of the test's own. */
export function connectWechat(apiBaseUrl: string, options: { timeoutMs?: number; now?: () => number } = {}) {
  const registry = new MetricsRegistry();
  const config = { apiBaseUrl, timeoutMs: options.timeoutMs ?? 10_000 };
  const http = new WechatHttpClient(config, new WechatMetrics(registry));
  return {
    client: new WechatClient(http, new AppAccessTokens(http, options.now)),
    registry,
    close: () => http.onApplicationShutdown(),
  };
}
