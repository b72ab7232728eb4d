import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import { readConfiguration } from './config/configuration.js';
import { processEnvironment } from './config/environment.js';
import { HttpConfig } from './config/http.config.js';
import { LoggingConfig } from './config/logging.config.js';
import { configureApp } from './configure-app.js';
import { Connections } from './connections.js';
import { messageFor } from './logging/described-error.js';
import { JsonLogger } from './logging/json-logger.js';
import { shutDown } from './shutdown.js';
import { Workers } from './workers.js';

type Stop = () => void;

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
  return count > 1 && cluster.isPrimary ? startWorkers(count, http, logger) : serve(http, logger);
}

function startWorkers(count: number, http: HttpConfig, logger: JsonLogger): Stop {
  const workers = new Workers(count, http.shutdownTimeoutMs, logger);
  workers.start();
  return () => workers.stop();
}

async function serve(http: HttpConfig, logger: JsonLogger): Promise<Stop> {
  // The application is of no use to the primary of several workers.
  const { AppModule } = await import('./app.module.js');
  const app = await NestFactory.create<NestExpressApplication>(AppModule, {
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
    void shutDown(app, connections, http.shutdownTimeoutMs).then((code) => process.exit(code));
  };
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
