import { type z } from 'zod';
import { baseUrlVariable, integerVariable } from './variables.js';

export const wechatVariables = {
  WECHAT_API_BASE_URL: baseUrlVariable.default('https://api.weixin.qq.com'),
  WECHAT_TIMEOUT_MS: integerVariable(1, 60_000).default(3000),
};

/** Where WeChat is, and how long one call may take. */
export abstract class WechatConfig {
  /** Without a trailing slash. */
  abstract readonly apiBaseUrl: string;
  /** Deadline of one call in milliseconds: connection, request and whole reply. */
  abstract readonly timeoutMs: number;
}

export function wechatConfig(env: z.output<z.ZodObject<typeof wechatVariables>>): WechatConfig {
  return { apiBaseUrl: env.WECHAT_API_BASE_URL, timeoutMs: env.WECHAT_TIMEOUT_MS };
}
