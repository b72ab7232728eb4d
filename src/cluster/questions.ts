/** Those who wait for an answer of another process, by the id of their question. */
export class Questions<Answer> {
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private lastId = 0;

  /**
   * @param send asks the question
   * @returns the answer, or `undefined` when there is none within `waitMs`
   */
  ask(waitMs: number, send: (id: number) => void): Promise<Answer | undefined> {
    const id = ++this.lastId;
    return new Promise((resolve) => {
      const end = (answer?: Answer) => {
        clearTimeout(timer);
        this.waiting.delete(id);
        resolve(answer);
      };
      const timer = setTimeout(end, waitMs);
      this.waiting.set(id, end);
      send(id);
    });
  }

  answer(id: number, answer: Answer): void {
    this.waiting.get(id)?.(answer);
  }
}
