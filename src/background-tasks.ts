/** Work that no request waits for, but the shutdown does. */
export class BackgroundTasks {
  readonly #running = new Set<Promise<unknown>>();

  /** Makes the shutdown wait for the task, which reports its own errors. */
  waitUntil(task: Promise<unknown>): void {
    this.#running.add(task);
    void task.finally(() => this.#running.delete(task));
  }

  /** Resolves when every task has settled. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }
}
