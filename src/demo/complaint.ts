interface LogLine {
  readonly level?: string;
  readonly msg?: string;
  readonly err?: { readonly message?: string };
}

const grave = new Set(['warn', 'error', 'fatal']);

/** What a line of a JSON log says if it is a warning or worse; of other lines, nothing. */
export function complaint(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  const { level = '', msg, err } = parse(line);
  return grave.has(level) ? (msg ?? err?.message ?? line) : undefined;
}

function parse(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return {};
  }
}
