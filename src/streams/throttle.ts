/** Runs an action at once, then at most once an interval, and always after the last call. */
export class Throttle {
  readonly #action: () => void;
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | null = null;
  #isAsked = false;

  constructor(intervalMs: number, action: () => void) {
    this.#intervalMs = intervalMs;
    this.#action = action;
  }

  call(): void {
    if (this.#timer) this.#isAsked = true;
    else this.#run();
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  #run(): void {
    this.#isAsked = false;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#isAsked) this.#run();
    }, this.#intervalMs);
    this.#action();
  }
}
