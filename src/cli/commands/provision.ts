import { open } from 'node:fs/promises';
import { type INestApplicationContext } from '@nestjs/common';
import { type Command } from 'commander';
import { describeChange } from '../../provisioning/provisioning-change.js';
import { ProvisioningExport, provisioningYaml } from '../../provisioning/provisioning-export.js';
import { ProvisioningService } from '../../provisioning/provisioning.service.js';
import { serviceCommand, type CommandLine, type Result } from '../service-command.js';
import { shellOperator } from '../shell-operator.js';

export function addProvision(root: Command): void {
  const group = root
    .command('provision')
    .summary('applications and auth sources as a YAML file')
    .description('Applications and auth sources as a YAML file. PROVISION_FILE is not applied here.')
    .helpCommand(false);
  serviceCommand(
    group
      .command('apply')
      .summary('bring them to what a file says')
      .description(
        'Applies a provisioning file: the whole of it, or nothing when it is wrong. Prints a line for each ' +
          'application and auth source that was created or updated.',
      )
      .argument(
        '<file>',
        'YAML file of applications and auth sources, as provision.example.yaml explains it',
      ),
    apply,
  );
  serviceCommand(
    group
      .command('export')
      .summary('write down what they are, without secrets')
      .description('Writes down all applications and auth sources, without secrets, as a provisioning file.')
      .argument('[file]', 'where to, for its owner alone to read; without it, stdout'),
    exportAll,
  );
}

/** @throws ProvisioningRefused naming line and reason of each fault */
async function apply(service: INestApplicationContext, { args: [file] }: CommandLine): Promise<Result> {
  const changes = await service.get(ProvisioningService).apply(file!, shellOperator().by);
  const text = changes.length > 0 ? changes.map(describeChange).join('\n') : 'nothing to change';
  return { json: { changes }, text };
}

async function exportAll(service: INestApplicationContext, { args: [file] }: CommandLine): Promise<Result> {
  const exported = await service.get(ProvisioningExport).read();
  const yaml = provisioningYaml(exported);
  if (file === undefined) return { json: exported, text: yaml };
  await writeForOwner(file, yaml);
  const counts = { applications: exported.applications.length, auth_sources: exported.auth_sources.length };
  return {
    json: { file, ...counts },
    text: `${counts.applications} applications and ${counts.auth_sources} auth sources written to ${file}`,
  };
}

/** A file that is there already may have been everybody's to read. */
async function writeForOwner(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}
