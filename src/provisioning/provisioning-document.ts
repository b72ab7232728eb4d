import { plainToInstance } from 'class-transformer';
import {
  LineCounter,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Document,
  type YAMLMap,
} from 'yaml';
import { type SettingProblem } from '../database/settings.js';
import { validationProblems } from '../database/validation-problems.js';
import { ProvisioningFile, repeatedIds } from './provisioning-file.js';
import { yamlFault } from './yaml-faults.js';

const MOST_ALIASES = 100;

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
    // A pretty error quotes the line that it is about, which may hold a secret.
    this.document = parseDocument(text, { lineCounter: this.lines, uniqueKeys: true, prettyErrors: false });
  }

  /** @throws ProvisioningRefused when it is not YAML, or has an unknown field or a wrong value */
  read(): ProvisioningFile {
    const content = this.content();
    if (typeof content !== 'object' || Array.isArray(content)) {
      throw this.refusedAt([{ offset: 0, message: 'must be a mapping with applications and auth_sources' }]);
    }
    const file = plainToInstance(ProvisioningFile, content);
    this.check(file);
    return file;
  }

  /** @throws ProvisioningRefused when a field of what was read, and filled in since, is wrong */
  check(file: ProvisioningFile): void {
    const problems = validationProblems(file);
    if (problems.length === 0) problems.push(...repeatedIds(file));
    if (problems.length > 0) throw this.refuse(problems);
  }

  /** Says on which lines the problems are. */
  refuse(problems: readonly SettingProblem[]): ProvisioningRefused {
    return this.refusedAt(
      problems.map(({ property, message }) => ({
        offset: this.offsetOf(property.split('.')),
        message: `${property}: ${message}`,
      })),
    );
  }

  private content(): unknown {
    const { errors, warnings } = this.document;
    const faults = [...errors, ...warnings].map((error) => ({
      offset: error.pos[0],
      message: yamlFault(error),
    }));
    visit(this.document, {
      Alias: (_key, alias) => {
        const message = 'an alias has no anchor before it';
        if (!alias.resolve(this.document)) faults.push({ offset: alias.range?.[0] ?? 0, message });
      },
    });
    if (faults.length > 0) throw this.refusedAt(faults);
    try {
      return this.document.toJS({ maxAliasCount: MOST_ALIASES }) ?? {};
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error;
      throw this.refusedAt([{ offset: 0, message: 'aliases multiply what it holds' }]);
    }
  }

  private refusedAt(faults: readonly { offset: number; message: string }[]): ProvisioningRefused {
    const lines = faults
      .toSorted((one, other) => one.offset - other.offset)
      .map(({ offset, message }) => `  ${this.path}:${this.lineOf(offset)}: ${message}`);
    return new ProvisioningRefused(`Wrong provisioning file:\n${lines.join('\n')}`);
  }

  private lineOf(offset: number): number {
    return Math.max(1, this.lines.linePos(offset).line);
  }

  /** Where the field begins; of a field that is absent, the entry around it. */
  private offsetOf(path: readonly string[]): number {
    let node: unknown = this.document.contents;
    let offset = 0;
    for (const part of path) {
      const pair = isMap(node) ? pairOf(node, part) : undefined;
      const value: unknown = isSeq(node) ? node.items[Number(part)] : pair?.value;
      const start = pair?.key ?? value;
      if (!isNode(start) || !start.range) break;
      offset = start.range[0];
      node = isAlias(value) ? value.resolve(this.document) : value;
    }
    return offset;
  }
}

/** A secret that is not in the file itself stands where its variable is named. */
function pairOf(map: YAMLMap, name: string) {
  const named = (key: string) =>
    map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
  return named(name) ?? named(`${name}_env`);
}
