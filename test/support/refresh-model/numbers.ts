/** Random values by the order in which they were first seen, from 1: so they can be compared and read. */
export class Numbers {
  readonly values: string[] = [];

  of(value: string): number {
    const index = this.values.indexOf(value);
    return index < 0 ? this.values.push(value) : index + 1;
  }

  value(number: number): string {
    return this.values[number - 1]!;
  }
}
