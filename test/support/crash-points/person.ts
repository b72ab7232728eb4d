import { type IssuedTokens } from '../../../src/testing/start-ciam.js';
import { APP_ID, CLIENT_ID, loginRequest } from '../../../src/testing/factories.js';
import { type RunningService } from '../service.js';
import { refreshed } from '../sessions.js';
import { footprintOf, type Footprint } from './footprint.js';

/** A WeChat user with the mini program, who asks the service that does not die. */
export class Person {
  /** The one that was last answered to a login. */
  private refreshToken: string | undefined;

  constructor(
    private readonly id: string,
    private readonly service: RunningService,
  ) {
    this.wechat.addUser({ id });
  }

  rename(nickName: string): void {
    this.wechat.addUser({ id: this.id, profile: { nickName } });
  }

  loginBody(): object {
    return {
      ...loginRequest(this.wechat.login(APP_ID, this.id)),
      getUserInfo: true,
      ...this.wechat.encryptedData(APP_ID, this.id),
      getPhoneNumber: true,
      phone_code: this.wechat.phoneCode(APP_ID, this.id),
    };
  }

  refreshBody(): object {
    return { grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token: this.refreshToken };
  }

  async signIn(): Promise<void> {
    this.refreshToken = (await this.ask(this.loginBody())).refresh_token;
  }

  /** Sends a token request that must succeed. */
  async ask(body: object): Promise<IssuedTokens> {
    const response = await this.service.token(body);
    const answer: unknown = await response.json();
    expect([response.status, answer]).toEqual([200, expect.anything()]);
    return answer as IssuedTokens;
  }

  /** Goes on with what it was answered. */
  async goOn({ refresh_token }: IssuedTokens): Promise<void> {
    await refreshed(this.service, refresh_token);
  }

  footprint(): Promise<Footprint> {
    const subjects = [this.wechat.openid(APP_ID, this.id), this.wechat.unionid(APP_ID, this.id)];
    return footprintOf(this.service.dataSource.manager, subjects);
  }

  private get wechat() {
    return this.service.simulator.wechat;
  }
}
