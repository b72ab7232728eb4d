import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Command } from 'commander';
import { UnknownResource } from '../admin/administration.errors.js';
import { readConfiguration } from '../config/configuration.js';
import { processEnvironment } from '../config/environment.js';
import { ExtensionConfig } from '../config/extension.config.js';
import { loadGrantModules } from '../grant-modules.js';
import { Schema } from '../database/schema.js';
import { CliModule } from './cli.module.js';
import { MigrationsPending, NotFound } from './failure.js';

/** What a command has to say. */
export interface Result {
  /** What `--json` prints. */
  readonly json: unknown;
  /** What people read; empty when there is nothing. */
  readonly text: string;
  /** What people are told besides, on stderr. */
  readonly note?: string;
}

/** What the command line says: its arguments in their order, and its options by their names in camel case. */
export interface CommandLine {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a command does on the service's own modules. */
export type Work = (service: INestApplicationContext, line: CommandLine) => Promise<Result>;

/** Makes a command of what it does. Nothing is logged: stdout is the result. */
export function serviceCommand(command: Command, work: Work): Command {
  return jsonCommand(command, async (line) => {
    const { json, text, note } = await onService((service) => work(service, line), line.args);
    print(line.options.json ? JSON.stringify(json) : text);
    if (note && !line.options.json) process.stderr.write(`${note}\n`);
  });
}

/** Makes a command that has `--json`, and prints by itself. */
export function jsonCommand(
  command: Command,
  action: (line: CommandLine) => Promise<void>,
  meaning = 'print one JSON value',
): Command {
  return command
    .option('--json', meaning)
    .action(() => action({ args: command.args, options: command.opts() }));
}

/** Prints a line of the result, or several. */
export function print(text: string): void {
  if (text !== '') process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/**
 * Does work on the service's own modules.
 *
 * @param named what the command line names, for whoever is told that it is not there
 * @throws MigrationsPending, NotFound
 */
export async function onService<T>(
  work: (service: INestApplicationContext) => Promise<T>,
  named: readonly string[] = [],
): Promise<T> {
  const { grantModules } = readConfiguration(processEnvironment()).get(ExtensionConfig);
  const module = { module: CliModule, imports: await loadGrantModules(grantModules) };
  const service = await NestFactory.createApplicationContext(module, {
    logger: false,
    abortOnError: false,
  });
  try {
    if (!(await service.get(Schema).isApplied())) throw new MigrationsPending();
    return await work(service);
  } catch (error) {
    throw error instanceof UnknownResource ? new NotFound(named) : error;
  } finally {
    await service.close();
  }
}
