/** A block of a document, with the path of the file that it is when one stands before it. */
const BLOCK = /(?:^`([^`\n]+)`:\n\n)?^```(\w+)\n(.*?)^```$/gms;

/**
 * What somebody does who follows a document word by word, as a script for bash: writes its files, runs its commands,
 * in their order, and stops at the first that fails.
 *
 * @throws Error when a block is neither
 */
export function filesAndCommands(markdown: string): string {
  const lines = ['set -euo pipefail', `trap 'kill $(jobs -p) 2>/dev/null || true' EXIT`, 'set -x'];
  for (const [, path, language, text] of markdown.matchAll(BLOCK)) {
    if (path)
      lines.push(`mkdir -p "$(dirname '${path}')"`, `cat > '${path}' <<'END_OF_FILE'\n${text}END_OF_FILE`);
    else if (language === 'sh') lines.push(text!);
    else throw new Error(`A block of ${language} that is no file`);
  }
  return lines.join('\n');
}
