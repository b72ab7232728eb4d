import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { LineCounter, isNode, parseDocument, type Document } from 'yaml';
import { type SettingProblem } from '../database/settings.js';
import { ProvisioningFile } from './provisioning-file.js';

/** A provisioning file that cannot be applied; the message has a line for each fault. Nothing was changed. */
export class ProvisioningRefused extends Error {
  override readonly name = 'ProvisioningRefused';
}

/** A provisioning file as text, which knows on which line each of its fields stands. */
export class ProvisioningDocument {
  private readonly lines = new LineCounter();
  private readonly document: Document;

  constructor(
    private readonly path: string,
    text: string,
  ) {
    this.document = parseDocument(text, { lineCounter: this.lines, uniqueKeys: true });
  }

  /** @throws ProvisioningRefused when it is not YAML, or has an unknown field or a wrong value */
  read(): ProvisioningFile {
    const { errors, warnings } = this.document;
    if (errors.length + warnings.length > 0) {
      throw this.refused([...errors, ...warnings].map(({ message }) => `${this.path}: ${message}`));
    }
    const content: unknown = this.document.toJS({ maxAliasCount: 100 }) ?? {};
    if (typeof content !== 'object' || Array.isArray(content)) {
      throw this.refused([`${this.path}: must be a mapping with applications and auth_sources`]);
    }
    const file = plainToInstance(ProvisioningFile, content);
    const faults = validateSync(file, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true });
    if (faults.length > 0) throw this.refuse(faults.flatMap((fault) => problemsOf(fault)));
    return file;
  }

  /** Says on which lines the problems are. */
  refuse(problems: readonly SettingProblem[]): ProvisioningRefused {
    return this.refused(
      problems.map(({ property, message }) => `${this.path}:${this.lineOf(property.split('.'))}: ${property}: ${message}`),
    );
  }

  private refused(lines: string[]): ProvisioningRefused {
    return new ProvisioningRefused(`Wrong provisioning file:\n${lines.map((line) => `  ${line}`).join('\n')}`);
  }

  /** The line of the field; of the entry around it when the field is absent. */
  private lineOf(path: string[]): number {
    for (let length = path.length; length > 0; length--) {
      const node = this.document.getIn(path.slice(0, length).map(asKey), true);
      if (isNode(node) && node.range) return this.lines.linePos(node.range[0]).line;
    }
    return 1;
  }
}

function asKey(part: string): string | number {
  return /^\d+$/.test(part) ? Number(part) : part;
}

function problemsOf(fault: ValidationError, parents: string[] = []): SettingProblem[] {
  const path = [...parents, fault.property];
  const own = Object.values(fault.constraints ?? {}).map((message) => ({ property: path.join('.'), message }));
  return [...own, ...(fault.children ?? []).flatMap((child) => problemsOf(child, path))];
}
