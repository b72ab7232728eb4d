/** What an expression of PromQL speaks of, as far as our expressions use PromQL. */
export interface Vocabulary {
  /** Names of series: a histogram's `_bucket`, `_sum` and `_count` by themselves. */
  readonly series: readonly string[];
  /** Of selectors and groupings. */
  readonly labels: readonly string[];
}

const KEYWORDS = [
  'and',
  'or',
  'unless',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'bool',
];

/** @see https://prometheus.io/docs/prometheus/latest/querying/basics/ */
export function vocabularyOf(expression: string): Vocabulary {
  const labels: string[] = [];
  const rest = expression
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(/\{([^}]*)\}/g, (_, matchers: string) => {
      labels.push(...matchers.split(',').flatMap((matcher) => /^\s*(\w+)\s*(=|!)/.exec(matcher)?.[1] ?? []));
      return '';
    })
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g, (_, names: string) => {
      labels.push(...names.split(',').map((name) => name.trim()));
      return '';
    });
  const series = [...rest.matchAll(/(?<![\w.])[a-z_]\w*(?!\w|\s*\()/gi)].map(([name]) => name);
  return { series: series.filter((name) => !KEYWORDS.includes(name)), labels };
}
