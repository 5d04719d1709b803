import type { AppContext } from './app.ts';

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

/**
 * Does a task at each interval, unless the last one is still at work. The shutdown waits for it. A failure is logged with
 * this message, and the next interval comes. Returns a function that stops it.
 */
export function repeat(
  { background, log }: Pick<AppContext, 'background' | 'log'>,
  intervalMs: number,
  failure: string,
  task: () => Promise<unknown>,
): () => void {
  let isAtWork = false;
  const timer = setInterval(() => {
    if (isAtWork) return;
    isAtWork = true;
    const work = task()
      .catch((err: unknown) => log.warn({ err }, failure))
      .finally(() => {
        isAtWork = false;
      });
    background.waitUntil(work);
  }, intervalMs);
  return () => clearInterval(timer);
}

/** Does the work for each item, one after the other. One that fails holds up no others: its error is thrown at the end. */
export async function forEachInTurn<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const item of items) {
    await work(item).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}
