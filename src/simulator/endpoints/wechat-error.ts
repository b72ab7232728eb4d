/** A business error: WeChat answers it with HTTP 200 and `{errcode, errmsg}`. */
export class WechatError extends Error {
  override readonly name = 'WechatError';

  constructor(readonly errcode: number) {
    super(`WeChat error: ${errcode}`);
  }
}
