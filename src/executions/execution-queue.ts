import { TooManyExecutionsError } from '../errors.ts';
import { FairQueue } from './fair-queue.ts';

/** A place in the queue, and then among the programs that run. */
export interface Place {
  /** Resolves when the program may run, or when the place was released before. */
  readonly granted: Promise<void>;
  /** Gives the place up, before or after it was granted. */
  release(): void;
}

/** The guess of how long a program runs, in milliseconds, before any has run. */
const FIRST_GUESS_MS = 1_000;
const LONGEST_RETRY_S = 60;

/**
 * Lets a bounded number of programs run at once and a bounded number wait. Each waits in the lane of its
 * session, which holds at most half of the places, so that one session leaves room and turns to the others.
 */
export class ExecutionQueue {
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  readonly #waiting = new FairQueue();
  /** The places that were granted, each with the time at which it was. */
  readonly #running = new Map<Place, number>();
  #meanMs = FIRST_GUESS_MS;

  constructor(maxRunning: number, maxWaiting: number) {
    this.#maxRunning = maxRunning;
    this.#maxWaiting = maxWaiting;
  }

  /** Takes a place in a lane. Throws TooManyExecutionsError when none is left. */
  enter(lane: string): Place {
    const places = Math.ceil(this.#maxWaiting / 2);
    if (this.#waiting.size >= this.#maxWaiting || this.#waiting.waitingIn(lane) >= places) {
      throw new TooManyExecutionsError(this.#retryAfter());
    }
    let resolve = () => {};
    const granted = new Promise<void>((settle) => {
      resolve = settle;
    });
    const start = () => {
      this.#running.set(place, performance.now());
      resolve();
    };
    const place: Place = {
      granted,
      release: () => {
        if (this.#waiting.remove(lane, start)) resolve();
        else this.#end(lane, place);
      },
    };
    this.#waiting.add(lane, start);
    this.#startNext();
    return place;
  }

  #startNext(): void {
    while (this.#running.size < this.#maxRunning) {
      const start = this.#waiting.takeNext();
      if (!start) return;
      start();
    }
  }

  #end(lane: string, place: Place): void {
    const startedAt = this.#running.get(place);
    if (startedAt === undefined) return;
    this.#running.delete(place);
    this.#meanMs += (performance.now() - startedAt - this.#meanMs) / 10;
    this.#waiting.end(lane);
    this.#startNext();
  }

  /** Seconds until all that is ahead should have run. */
  #retryAfter(): number {
    const now = performance.now();
    const left = [...this.#running.values()].map((startedAt) => expectedLeft(now - startedAt, this.#meanMs));
    const ahead = left.reduce((sum, each) => sum + each, this.#waiting.size * this.#meanMs);
    const seconds = Math.ceil(ahead / this.#maxRunning / 1_000);
    return Math.min(Math.max(seconds, 1), LONGEST_RETRY_S);
  }
}

/** A program that has outlived the mean is expected to go on for as long again. */
function expectedLeft(ranMs: number, meanMs: number): number {
  return ranMs < meanMs ? meanMs - ranMs : ranMs;
}
