import { decode } from '../jwt.js';
import { seen, type RunningService } from '../service.js';
import { RESOURCE_SERVER } from '../sessions.js';
import { type AccessToken } from './access-token.js';
import { type Person } from './family.js';
import { type PresentedToken, type Records } from './model.js';
import { Numbers } from './numbers.js';
import { Operator } from './operator.js';
import { readRecords } from './records.js';
import { setDate } from './service-clock.js';
import { type ClientName, type UserName } from './settings.js';
import { type Answer } from './verdict.js';

/** The running service as one run sees it: tokens and people are numbers, as they are in the model. */
export class ServiceUnderTest {
  readonly operator: Operator;
  private readonly refreshTokens = new Numbers();
  private readonly accessTokens = new Numbers();
  private readonly people = new Numbers();

  private constructor(private readonly service: RunningService) {
    this.operator = new Operator(service);
  }

  /** The service at the beginning of a run: everything is enabled, nobody is signed in. */
  static async reset(service: RunningService): Promise<ServiceUnderTest> {
    const fresh = new ServiceUnderTest(service);
    setDate(0);
    await fresh.operator.reset();
    return fresh;
  }

  async signIn(user: UserName, client_id: ClientName, scope: string | undefined): Promise<Answer> {
    return this.tokenAnswer(await this.service.login(user, { client_id, scope }));
  }

  /** @param times how many requests are sent at once */
  async refresh(
    refresh_token: string,
    client_id: ClientName,
    scope: string | undefined,
    times: number,
  ): Promise<Answer[]> {
    const request = { grant_type: 'refresh_token', client_id, refresh_token, scope };
    const responses = await Promise.all(Array.from({ length: times }, () => this.service.token(request)));
    const answers: Answer[] = [];
    // One after the other, so that the numbers are in order.
    for (const response of responses) answers.push(await this.tokenAnswer(response));
    return answers;
  }

  async revoke(
    token: string,
    client_id: ClientName,
    as: 'form' | 'JSON',
    token_type_hint: string | undefined,
  ): Promise<Answer> {
    const parameters = { client_id, token, ...(token_type_hint && { token_type_hint }) };
    const json = { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(parameters) };
    const form = { body: new URLSearchParams(parameters) };
    const url = `${this.service.url}/oauth2/revoke`;
    return seen(await fetch(url, { method: 'POST', ...(as === 'form' ? form : json) }));
  }

  async userInfo(accessToken: number): Promise<Answer> {
    const headers = { Authorization: `Bearer ${this.accessToken(accessToken)}` };
    const { status, body } = await seen(await fetch(`${this.service.url}/userinfo`, { headers }));
    if (status !== 200) return { status, body };
    const { sub, ...rest } = body as { sub: string };
    return { status, body: { sub: this.people.of(sub), ...rest } };
  }

  async introspect(token: string): Promise<Answer> {
    const { status, body } = await seen(
      await this.service.post('/oauth2/introspect', { ...RESOURCE_SERVER, token }),
    );
    const { active, scope, client_id, sub } = body as Record<string, unknown>;
    if (!active) return { status, body };
    return { status, body: { active, scope, client_id, sub: this.people.of(String(sub)) } };
  }

  refreshToken(number: number): string {
    return this.refreshTokens.value(number);
  }

  accessToken(number: number): string {
    return this.accessTokens.value(number);
  }

  textOf(token: PresentedToken | AccessToken): string {
    return 'token' in token ? this.refreshToken(token.token.number) : this.accessToken(token.number);
  }

  setStatus({ number, status }: Person): Promise<void> {
    return this.operator.setStatus(this.people.value(number), status);
  }

  records(): Promise<Records> {
    return readRecords(this.service, this.refreshTokens);
  }

  private async tokenAnswer(response: Response): Promise<Answer> {
    const { status, body } = await seen(response);
    if (status !== 200) return { status, body };
    const { access_token, refresh_token, id_token, ...rest } = body as Record<string, string>;
    const number = this.accessTokens.of(access_token!);
    const tokens = {
      access_token: { number, ...this.claims(access_token!, 'scope') },
      ...(refresh_token !== undefined && { refresh_token: this.refreshTokens.of(refresh_token) }),
      ...(id_token !== undefined && { id_token: this.claims(id_token) }),
    };
    return { status, body: { ...tokens, ...rest } };
  }

  /** Whose token it is, and for which client. */
  private claims(token: string, ...others: string[]): object {
    const { payload } = decode(token);
    const named = others.map((name) => [name, payload[name]] as const);
    return { sub: this.people.of(payload.sub as string), aud: payload.aud, ...Object.fromEntries(named) };
  }
}
