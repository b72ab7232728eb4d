import ts from 'typescript';

/**
 * JavaScript in which every `await` tells `globalThis.crashPoints` before its operand is evaluated and after it has been
 * fulfilled. Lines stay where they are.
 *
 * @param file begins the names of its points: `file:line:column` of the `await`
 */
export function withAwaitPoints(text: string, file: string): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.JS);
  const insertions: { readonly at: number; readonly text: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isAwaitExpression(node)) {
      const { line, character } = source.getLineAndCharacterOfPosition(node.getStart());
      const name = JSON.stringify(`${file}:${line + 1}:${character + 1}`);
      const before = `globalThis.crashPoints.after(${name}, (globalThis.crashPoints.before(${name}), `;
      insertions.push({ at: node.getStart(), text: before });
      ts.forEachChild(node, visit);
      insertions.push({ at: node.getEnd(), text: '))' });
    } else {
      ts.forEachChild(node, visit);
    }
  };
  visit(source);
  let [result, copied] = ['', 0];
  for (const { at, text: inserted } of insertions) {
    result += text.slice(copied, at) + inserted;
    copied = at;
  }
  return result + text.slice(copied);
}
