import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Compiles examples as if they were files of the repository.
 *
 * @param examples the code under the path that its imports are relative to
 * @returns the compiler's complaints
 */
export function compileExamples(examples: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(posix.join(root, 'tsconfig.json'), (path) =>
    ts.sys.readFile(path),
  ) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  // An example declares what the reader goes on to use.
  Object.assign(options, { noEmit: true, noUnusedLocals: false, noUnusedParameters: false });
  if (examples.size === 0) return [];
  const texts = new Map(
    [...examples].map(([path, text]) => [posix.join(root, path), `${text}\nexport {};\n`]),
  );
  const host = ts.createCompilerHost(options);
  const files: ts.CompilerHost = {
    ...host,
    fileExists: (path) => texts.has(path) || host.fileExists(path),
    readFile: (path) => texts.get(path) ?? host.readFile(path),
    getSourceFile: (path, language, ...rest) => {
      const text = texts.get(path);
      if (text === undefined) return host.getSourceFile(path, language, ...rest);
      return ts.createSourceFile(path, text, language);
    },
  };
  const program = ts.createProgram([...texts.keys()], options, files);
  return [...texts.keys()].flatMap((path) => {
    const file = program.getSourceFile(path)!;
    const faults = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return faults.map(({ start, messageText }) => {
      const { line } = file.getLineAndCharacterOfPosition(start ?? 0);
      return `${posix.relative(root, path)}:${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  });
}
