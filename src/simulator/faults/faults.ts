import { type Fault } from './fault.js';

/** The script of what goes wrong. Faults of one path are met in the order in which they were added. */
export class Faults {
  private script: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    const left = fault.times === 'always' ? Infinity : (fault.times ?? 1);
    this.script.push({ fault, left });
  }

  /** The fault that the next call of a path meets; it is used up by that. */
  take(path: string): Fault | undefined {
    const entry = this.script.find(({ fault }) => fault.path === path);
    if (entry && --entry.left === 0) this.script = this.script.filter((other) => other !== entry);
    return entry?.fault;
  }

  clear(): void {
    this.script = [];
  }
}
