/** Work that nobody waits for but the shutdown. */
export class Pending {
  readonly #work = new Set<Promise<unknown>>();

  add(work: Promise<unknown>): void {
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }

  async settle(): Promise<void> {
    await Promise.allSettled(this.#work);
  }
}
