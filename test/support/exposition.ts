/** Metrics as Prometheus reads them. @see https://prometheus.io/docs/instrumenting/exposition_formats/ */
export class Exposition {
  /** The type of each metric that is declared. */
  readonly types: ReadonlyMap<string, string>;
  private readonly samples: ReadonlyMap<string, number>;

  constructor(text: string) {
    const types = new Map<string, string>();
    const samples = new Map<string, number>();
    for (const line of text.split('\n')) {
      const [, declared, type] = /^# TYPE (\S+) (\w+)$/.exec(line) ?? [];
      if (declared && type) types.set(declared, type);
      if (line === '' || line.startsWith('#')) continue;
      const [, name, labels = '', value] = /^([a-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? [];
      if (!name) throw new Error(`Not of the format: ${line}`);
      samples.set(seriesOf(name, labels), Number(value));
    }
    this.types = types;
    this.samples = samples;
  }

  static async of(url: string | URL): Promise<Exposition> {
    const response = await fetch(new URL('/metrics', url), { headers: { Connection: 'close' } });
    return new Exposition(await response.text());
  }

  /** Every series of our own. */
  get series(): string[] {
    return [...this.samples.keys()].filter((series) => series.startsWith('ciam_')).sort();
  }

  /** The value of a series, written `name{label="value"}`; `undefined` when there is none. */
  value(series: string): number | undefined {
    const [, name = series, labels = ''] = /^(\w+)\{(.*)\}$/.exec(series) ?? [];
    return this.samples.get(seriesOf(name, labels));
  }
}

/** In whatever order the labels are written. */
function seriesOf(name: string, labels: string): string {
  const pairs = labels.match(/\w+="(?:[^"\\]|\\.)*"/g) ?? [];
  return pairs.length === 0 ? name : `${name}{${pairs.sort().join(',')}}`;
}
