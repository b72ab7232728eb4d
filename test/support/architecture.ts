import ts from 'typescript';
import { nodesOf, placeOf, type SourceFile } from './source-tree.js';

/** Says what is wrong with the files, one line each; nothing when all is well. */
export type Rule = (files: readonly SourceFile[]) => string[];

/** The folder of `src/` that a file belongs to; a file of `src/` itself is a module of its own. */
export function moduleOf(path: string): string {
  return path.split('/')[1]!.replace(/\.ts$/, '');
}

/** Every import of another module of `src/` stands in the table. */
export function boundaries(mayImport: Readonly<Record<string, readonly string[]>>): Rule {
  return everyFile(({ path, imports }) =>
    imports
      .filter(({ from }) => /^[a-z]+\//.test(from) && isOurs(from) && moduleOf(from) !== moduleOf(path))
      .filter(({ from }) => !from.startsWith('src/') || !mayImport[moduleOf(path)]?.includes(moduleOf(from)))
      .map(({ from }) => `${path} imports ${from}`),
  );
}

/** Files that need each other cannot be read, tested or loaded one by one. */
export const noCycles: Rule = (files) => {
  const importsOf = new Map(files.map(({ path, imports }) => [path, imports.map(({ from }) => from)]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path].join(' -> '));
    else if (!done.has(path)) {
      importsOf.get(path)?.forEach((next) => visit(next, [...trail, path]));
      done.add(path);
    }
  };
  files.forEach(({ path }) => visit(path, []));
  return cycles;
};

/** A file that hands on what other files export hides who needs whom. */
export const noBarrels = everyFile((file) => [
  ...(/(^|\/)index\.ts$/.test(file.path) ? [`${file.path} is a barrel`] : []),
  ...where(file, (node) => ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined),
]);

/** The environment is read where `allowed` says. */
export function environmentOnlyIn(allowed: RegExp): Rule {
  return everyFile((file) =>
    allowed.test(file.path)
      ? []
      : [
          ...where(file, (node) => ts.isPropertyAccessExpression(node) && node.getText() === 'process.env'),
          ...importing(file, /^(node:)?process$/, /^env$/),
        ],
  );
}

/** HTTP to the outside is spoken where `allowed` says. */
export function outgoingHttpOnlyIn(allowed: RegExp): Rule {
  return everyFile((file) =>
    allowed.test(file.path)
      ? []
      : [
          ...where(
            file,
            (node) => ts.isCallExpression(node) && /^(globalThis\.)?fetch$/.test(node.expression.getText()),
          ),
          ...importing(file, /^(node:)?(https?|http2)$/, /^(request|get|connect|Agent)$/),
          ...file.imports.filter(({ from }) => from === 'undici').map(() => `${file.path} imports undici`),
        ],
  );
}

/** What HTTP answers a failure with is decided where `allowed` says. */
export function failureStatusOnlyIn(allowed: RegExp): Rule {
  return everyFile((file) =>
    allowed.test(file.path)
      ? []
      : [
          ...importing(file, /^@nestjs\/common$/, /^(HttpStatus|HttpCode|\w+Exception)$/),
          ...where(file, (node) => ts.isCallExpression(node) && isFailureStatus(node)),
        ],
  );
}

/** The name does not occur, as a member or by itself. */
export function noName(name: string): Rule {
  return everyFile((file) => where(file, (node) => ts.isIdentifier(node) && node.text === name));
}

export function constructorsUpTo(parameters: number): Rule {
  return everyFile((file) =>
    where(file, (node) => ts.isConstructorDeclaration(node) && node.parameters.length > parameters),
  );
}

export function linesUpTo(most: number): Rule {
  return everyFile(({ path, text }) => {
    const lines = text.trimEnd().split('\n').length;
    return lines > most ? [`${path} has ${lines} lines`] : [];
  });
}

/** Names that say nothing of the subject: what is in there belongs somewhere else. */
export const noEmptyNames = everyFile((file) => [
  ...(/(^|\/)(utils?|helpers?|common|shared|misc|base)([./-]|$)/.test(file.path)
    ? [`${file.path} says nothing`]
    : []),
  ...where(
    file,
    (node) =>
      ts.isClassDeclaration(node) &&
      /^Base|(Manager|Helper|Utils?|Processor|Info)$/.test(node.name?.text ?? ''),
  ),
]);

/** Every suppression of a check says why. */
export const suppressionsHaveReasons = everyFile(({ path, text }) =>
  text.split('\n').flatMap((line, index) => {
    const [suppression] = /\/[/*] *(eslint-disable|@ts-|prettier-ignore).*/.exec(line) ?? [];
    return suppression === undefined || suppression.includes(' -- ') ? [] : [`${path}:${index + 1}`];
  }),
);

function everyFile(rule: (file: SourceFile) => string[]): Rule {
  return (files) => files.flatMap(rule);
}

function where(file: SourceFile, wrong: (node: ts.Node) => boolean): string[] {
  return [...nodesOf(file.tree)].filter(wrong).map((node) => placeOf(file, node));
}

function importing({ path, imports }: SourceFile, module: RegExp, name: RegExp): string[] {
  return imports
    .filter(({ from }) => module.test(from))
    .flatMap(({ from, names }) =>
      names.filter((each) => name.test(each)).map((each) => `${path} imports ${each} of ${from}`),
    );
}

function isOurs(from: string): boolean {
  return /^(src|test|bench)\//.test(from);
}

function isFailureStatus({ expression, arguments: [status] }: ts.CallExpression): boolean {
  if (!ts.isPropertyAccessExpression(expression) || !status) return false;
  if (!['status', 'sendStatus', 'writeHead'].includes(expression.name.text)) return false;
  return ts.isNumericLiteral(status) && Number(status.text) >= 400;
}
