import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { raw } from 'express';
import { type AddressInfo } from 'node:net';
import { BootSilence } from './boot-silence.js';
import { type Clock } from './clock.js';
import { SimulatorModule } from './simulator.module.js';
import { type AppOptions } from './state/app.js';
import { WechatState } from './wechat-state.js';

export interface SimulatorOptions {
  /** 0, the default, lets the system choose. */
  port?: number;
  host?: string;
  /** The time that the simulator's offset is added to; the machine's when absent. */
  clock?: Clock;
  /** Apps that are there from the start and after each reset. */
  apps?: readonly AppOptions[];
}

/** @publicApi */
export interface RunningSimulator {
  /** Base URL without a trailing slash: what a service is given instead of `https://api.weixin.qq.com`. */
  readonly url: string;
  readonly wechat: WechatState;
  /** Ends at once, cutting connections that are in flight or hanging. */
  close(): Promise<void>;
}

/**
 * Starts a WeChat simulator in this process.
 *
 * @publicApi
 */
export function startSimulator(options: SimulatorOptions = {}): Promise<RunningSimulator> {
  return BootSilence.during(() => boot(options));
}

async function boot(options: SimulatorOptions): Promise<RunningSimulator> {
  const { port = 0, host = '127.0.0.1', clock, apps } = options;
  const wechat = new WechatState(clock, apps);
  const app = await NestFactory.create<NestExpressApplication>(SimulatorModule.over(wechat), {
    abortOnError: false,
    bodyParser: false,
    forceCloseConnections: true,
  });
  app.disable('x-powered-by');
  // Bodies stay bytes: WeChat tells an empty body from one that is not JSON, whatever its content type.
  app.use(raw({ type: () => true, limit: '1mb' }));
  // Longer than a client on a busy machine is held up: it is not to find its idle connections closed.
  Object.assign(app.getHttpServer(), { keepAliveTimeout: 65_000 });
  await app.listen(port, host);
  const address = app.getHttpServer().address() as AddressInfo;
  const authority = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `http://${authority}:${address.port}`, wechat, close: () => app.close() };
}
