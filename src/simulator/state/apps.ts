import { newApp, type App, type AppOptions } from './app.js';
import { randomAppid, randomHex } from './identifiers.js';
import { InvalidControlRequest } from './invalid-control-request.js';

/** The apps that WeChat knows. */
export class Apps {
  private readonly apps = new Map<string, App>();

  /** Creates the app, or changes the named members of one that exists, at once for every later call. */
  put(options: AppOptions): App {
    const appid = options.appid ?? randomAppid();
    const known = this.apps.get(appid) ?? { ...newApp, appid, secret: randomHex(32) };
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const app = { ...known, ...given };
    this.apps.set(appid, app);
    return app;
  }

  find(appid: string): App | undefined {
    return this.apps.get(appid);
  }

  /** @throws InvalidControlRequest when there is no such app */
  get(appid: string): App {
    const app = this.apps.get(appid);
    if (!app) throw InvalidControlRequest.field('appid', `no such app ${appid}`);
    return app;
  }

  all(): App[] {
    return [...this.apps.values()];
  }
}
