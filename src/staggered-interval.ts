/** In so many steps an interval is gone through. */
const STEPS = 50;

/** Calls an action for each of many items once an interval: a few at a time, so that nobody waits for all of them. */
export class StaggeredInterval<Item> {
  readonly #steps: readonly Set<Item>[] = Array.from({ length: STEPS }, () => new Set());
  readonly #timer: NodeJS.Timeout;
  #added = 0;

  constructor(intervalMs: number, action: (item: Item) => void) {
    let step = 0;
    this.#timer = setInterval(() => {
      step = (step + 1) % STEPS;
      for (const item of this.#steps[step] ?? []) action(item);
    }, intervalMs / STEPS);
  }

  /** Adds an item; the returned function removes it. */
  add(item: Item): () => void {
    this.#added += 1;
    const step = this.#steps[this.#added % STEPS];
    step?.add(item);
    return () => void step?.delete(item);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
