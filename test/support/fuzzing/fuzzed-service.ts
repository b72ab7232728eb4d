import { type IssuedTokens } from '../../../src/testing/start-ciam.js';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import {
  APP_ID,
  APP_SECRET,
  CODE_GRANT,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../../../src/testing/factories.js';
import { type ServiceProcess } from '../service-process.js';
import { type SharedService } from '../shared-service.js';
import { type Answer } from './contract.js';
import { type FuzzedRequest } from './requests.js';
import { ACCESS_TOKEN, CODE, JS_CODE, REFRESH_TOKEN, SPA } from './values.js';

const PRELOAD = fileURLToPath(new URL('heap-on-signal.js', import.meta.url));
const USER = 'somebody';
const WEBSITE_APP_ID = 'wx0000000000000002';
/** What somebody agrees to, in turns: not all of it shows a profile, or is a real person's. */
const CONSENTS = [{ scope: 'snsapi_login' }, { scope: 'snsapi_base' }, { snapshot: true }];
const CONNECTIONS = 4;
/** Nothing that is asked here takes as long. */
const PATIENCE_MS = 20_000;

/** The built service as a process that is sent anything. */
export class FuzzedService {
  private consents = 0;
  private readonly pool: Pool;

  private constructor(
    private readonly shared: SharedService,
    private readonly process: ServiceProcess,
    private readonly url: URL,
    private readonly tokens: IssuedTokens,
  ) {
    this.pool = new Pool(url, {
      connections: CONNECTIONS,
      headersTimeout: PATIENCE_MS,
      bodyTimeout: PATIENCE_MS,
    });
  }

  static async start(shared: SharedService): Promise<FuzzedService> {
    const { service } = shared;
    service.simulator.wechat.addUser({ id: USER });
    service.simulator.wechat.addApp({ appid: WEBSITE_APP_ID, secret: APP_SECRET });
    await service.register({
      applications: [anApplication({ client_id: SPA.client_id, type: 'spa', grant_types: [CODE_GRANT] })],
      authSources: [
        anAuthSource({
          id: SPA.auth_source_id,
          type: 'wechat_website',
          app_id: WEBSITE_APP_ID,
          applications: [SPA.client_id],
        }),
      ],
    });
    const process = shared.spawn({ NODE_OPTIONS: `--import=${PRELOAD}` });
    return new FuzzedService(shared, process, await process.url(), await service.loginAs(USER));
  }

  /** @throws Error when there is no whole answer */
  async send({ method, path, headers, body }: FuzzedRequest): Promise<Answer> {
    const {
      statusCode,
      headers: answered,
      body: content,
    } = await this.pool.request({
      method: method,
      path: this.filled(path),
      headers: {
        ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, this.filled(value)])),
        ...(body?.contentType === undefined ? {} : { 'content-type': body.contentType }),
      },
      body: body ? Buffer.from(this.filled(body.bytes.toString('latin1')), 'latin1') : null,
    });
    return { status: statusCode, headers: answered, body: await content.text() };
  }

  /** Sends bytes on a connection of their own. @returns all that comes back */
  async sendRaw(bytes: Buffer): Promise<string> {
    const socket = connect({ port: Number(this.url.port), host: this.url.hostname, allowHalfOpen: true });
    await once(socket, 'connect');
    socket.end(bytes);
    let received = '';
    socket.on('data', (data) => (received += data.toString('latin1')));
    // One that is reset is closed too.
    socket.on('error', () => undefined);
    socket.setTimeout(PATIENCE_MS, () => {
      received += 'HTTP/1.1 599 Neither answered nor closed';
      socket.destroy();
    });
    await once(socket, 'close');
    return received;
  }

  /** Bytes that are used after a garbage collection. */
  async heap(): Promise<number> {
    const before = this.process.lines.filter(({ msg }) => msg === 'Heap').length;
    this.process.signal('SIGUSR2');
    const lines = await this.process.said('Heap', before + 1);
    return lines.at(-1)!.bytes as number;
  }

  /** All that it has complained of, in its log or beside it. */
  complaints(): unknown[] {
    const lines = this.process.lines.filter(({ level }) => level === 'error' || level === 'fatal');
    return [...lines, ...(this.process.stderr === '' ? [] : [this.process.stderr])];
  }

  /** @returns how it ended */
  async close(): Promise<unknown> {
    await this.pool.close();
    this.process.signal('SIGTERM');
    return this.process.end;
  }

  private filled(text: string): string {
    return text
      .replaceAll(ACCESS_TOKEN, this.tokens.access_token)
      .replaceAll(REFRESH_TOKEN, this.tokens.refresh_token)
      .replaceAll(
        JS_CODE,
        () => loginRequest(this.shared.service.simulator.wechat.login(APP_ID, USER)).js_code,
      )
      .replaceAll(CODE, () => this.code());
  }

  private code(): string {
    const consent = CONSENTS[this.consents++ % CONSENTS.length];
    return this.shared.service.simulator.wechat.authorize(WEBSITE_APP_ID, USER, consent);
  }
}
