/** An instruction of a Dockerfile. */
export interface Instruction {
  /** In capitals. */
  readonly keyword: string;
  /** `--name=value` that stand before the arguments. */
  readonly flags: Readonly<Record<string, string>>;
  /** What follows them, in one line. */
  readonly text: string;
  /** Its exec form, if it has that. */
  readonly words: readonly string[] | undefined;
}

/** A stage: `FROM base AS name`, and what is done there. */
export interface Stage {
  readonly base: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile, as far as ours uses its language: no here-documents, no parser directives. */
export function readStages(dockerfile: string): Stage[] {
  const lines = dockerfile
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: { base: string; name: string | undefined; instructions: Instruction[] }[] = [];
  for (const instruction of lines.map(readInstruction)) {
    if (instruction.keyword === 'FROM') {
      const [base = '', , name] = instruction.text.split(/\s+/);
      stages.push({ base, name, instructions: [] });
    } else {
      stages.at(-1)?.instructions.push(instruction);
    }
  }
  return stages;
}

/** The instructions of one kind, in their order. */
export function instructionsOf(stage: Stage | undefined, keyword: string): Instruction[] {
  return stage?.instructions.filter((instruction) => instruction.keyword === keyword) ?? [];
}

/** The `NAME=value` pairs of ENV, ARG and LABEL; quotes belong to the language. */
export function pairsOf(stage: Stage | undefined, keyword: string): Record<string, string> {
  const texts = instructionsOf(stage, keyword).map(({ text }) => text);
  const pairs = texts.flatMap((text) => [...text.matchAll(/([\w.]+)=("([^"]*)"|\S*)/g)]);
  return Object.fromEntries(pairs.map(([, name, bare, quoted]) => [name!, quoted ?? bare!]));
}

function readInstruction(line: string): Instruction {
  const [, keyword = '', rest = ''] = /^\s*(\w+)\s+(.*)$/.exec(line) ?? [];
  const [flagText = ''] = /^(--[\w-]+(=\S+)?\s+)*/.exec(rest) ?? [];
  const flags = [...flagText.matchAll(/--([\w-]+)(?:=(\S+))?/g)].map(([, name, value]) => [
    name!,
    value ?? '',
  ]);
  const text = rest.slice(flagText.length).trim();
  return { keyword: keyword.toUpperCase(), flags: Object.fromEntries(flags), text, words: execForm(text) };
}

function execForm(text: string): string[] | undefined {
  try {
    return JSON.parse(text.replace(/^CMD\s+/, '')) as string[];
  } catch {
    return undefined;
  }
}
