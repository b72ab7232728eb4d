#!/usr/bin/env node
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import { readConfiguration, type Configuration } from './config/configuration.js';
import { processEnvironment } from './config/environment.js';
import { ExtensionConfig } from './config/extension.config.js';
import { HttpConfig } from './config/http.config.js';
import { LoggingConfig } from './config/logging.config.js';
import { TracingConfig } from './config/tracing.config.js';
import { configureApp } from './configure-app.js';
import { Connections } from './connections.js';
import { messageFor } from './logging/described-error.js';
import { JsonLogger } from './logging/json-logger.js';
import { shutDown } from './shutdown.js';
import { Workers } from './workers.js';

type Stop = () => void;

const LEAST_FLUSH_MS = 500;
const LONGEST_FLUSH_MS = 3000;

let logger: JsonLogger | undefined;
let started = false;
/** Before there is anything to close, a signal ends the process at once. */
let stop: Stop = () => process.exit(0);

process.on('SIGTERM', () => stop());
process.on('SIGINT', () => stop());
process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);

try {
  stop = await start();
  started = true;
} catch (error) {
  crash(error);
}

async function start(): Promise<Stop> {
  const configuration = readConfiguration(processEnvironment());
  const http = configuration.get(HttpConfig);
  logger = new JsonLogger(configuration.get(LoggingConfig).level);
  const count = http.workers === 'auto' ? availableParallelism() : http.workers;
  return count > 1 && cluster.isPrimary ? startWorkers(count, http, logger) : serve(configuration, logger);
}

function startWorkers(count: number, http: HttpConfig, logger: JsonLogger): Stop {
  const workers = new Workers(count, http.shutdownTimeoutMs, logger);
  workers.start();
  return () => workers.stop();
}

async function serve(configuration: Configuration, logger: JsonLogger): Promise<Stop> {
  const http = configuration.get(HttpConfig);
  const { endpoint } = configuration.get(TracingConfig);
  // Nothing of it is loaded when it is not wanted, and all of it before what it watches.
  const tracing =
    endpoint === undefined ? undefined : (await import('./tracing/tracing.js')).startTracing(endpoint);
  // The application is of no use to the primary of several workers.
  const { AppModule } = await import('./app.module.js');
  const { loadGrantModules } = await import('./grant-modules.js');
  const imports = await loadGrantModules(configuration.get(ExtensionConfig).grantModules);
  const service = { module: AppModule, imports };
  const app = await NestFactory.create<NestExpressApplication>(service, {
    logger,
    bodyParser: false,
    abortOnError: false,
  });
  configureApp(app);
  const connections = new Connections(app.getHttpServer());
  await app.listen(http.port, http.host);
  logger.log(`Listening on ${await app.getUrl()}`, 'Main');
  let stopping = false;
  return () => {
    // Of a worker's signals, one may come from the terminal and one from the primary, which has the last word.
    if (stopping && !cluster.isWorker) process.exit(1);
    if (stopping) return;
    stopping = true;
    const deadline = performance.now() + http.shutdownTimeoutMs;
    void shutDown(app, connections, http.shutdownTimeoutMs).then(async (code) => {
      await tracing?.stop(flushTime(deadline - performance.now()));
      process.exit(code);
    });
  };
}

/** What the last spans may take, in milliseconds: a collector that is away is not waited for until the very end. */
function flushTime(leftMs: number): number {
  return Math.min(Math.max(leftMs, LEAST_FLUSH_MS), LONGEST_FLUSH_MS);
}

function crash(reason: unknown): never {
  if (started) {
    logger?.fatal(reason, 'Main');
  } else {
    logger?.debug(reason, 'Main');
    process.stderr.write(`nest-ciam cannot start: ${messageFor(reason)}\n`);
  }
  process.exit(1);
}
