import { stopClock } from '../../src/testing/clock.js';

type Work = () => Promise<unknown>;

/** What happens at which time: one after the other, however long it really takes. Times are in seconds. */
export class Timeline {
  private readonly planned: { readonly at: number; readonly work: Work }[] = [];

  constructor(private now: number) {
    stopClock(now * 1000);
  }

  after(seconds: number, work: Work): void {
    this.planned.push({ at: this.now + seconds, work });
  }

  /** Again and again, with a pause before each time. */
  repeat(pause: () => number, work: Work): void {
    this.after(pause(), async () => {
      await work();
      this.repeat(pause, work);
    });
  }

  /** Moves the clock from one time to the next, and does what is planned for it. */
  async run(seconds: number): Promise<void> {
    const end = this.now + seconds;
    for (;;) {
      const next = this.planned.reduce((one, other) => (other.at < one.at ? other : one));
      if (next.at > end) return;
      this.planned.splice(this.planned.indexOf(next), 1);
      this.now = next.at;
      stopClock(this.now * 1000);
      await next.work();
    }
  }
}
