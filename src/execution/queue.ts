import { TooManyExecutionsError } from '../errors.ts';

/** A place in the queue. */
export interface Ticket {
  /** Resolves when it is this ticket's turn to run, or when it is given up. */
  readonly turn: Promise<void>;
  /** Gives the place up, before or after its turn. */
  leave(): void;
}

/** Lets a bounded number of programs run at once and a bounded number wait, first come, first served. */
export class ExecutionQueue {
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  readonly #waiting: { call: () => void }[] = [];
  #running = 0;
  #meanMs = 1_000;

  constructor(maxRunning: number, maxWaiting: number) {
    this.#maxRunning = maxRunning;
    this.#maxWaiting = maxWaiting;
  }

  /** Takes a place. Throws TooManyExecutionsError when none is left. */
  enter(): Ticket {
    if (this.#waiting.length >= this.#maxWaiting) throw new TooManyExecutionsError(this.#retryAfter());
    let startedAt: number | null = null;
    let left = false;
    const { promise: turn, resolve } = deferred();
    const entry = {
      call: () => {
        this.#running += 1;
        startedAt = performance.now();
        resolve();
      },
    };
    const leave = () => {
      if (left) return;
      left = true;
      if (startedAt === null) {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        resolve();
        return;
      }
      this.#meanMs += (performance.now() - startedAt - this.#meanMs) / 10;
      this.#running -= 1;
      this.#waiting.shift()?.call();
    };
    if (this.#running < this.#maxRunning) entry.call();
    else this.#waiting.push(entry);
    return { turn, leave };
  }

  /** Seconds until a place should be free, from what recent programs took. */
  #retryAfter(): number {
    return Math.max(1, Math.ceil(this.#meanMs / this.#maxRunning / 1_000));
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
