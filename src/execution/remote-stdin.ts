import { randomUUID } from 'node:crypto';
import type { Bus, StdinAnswer } from '../events/bus.ts';

/** How long the instance that runs the program may take to answer. */
const ANSWER_MS = 5_000;

/** Input for programs that run on other instances: each piece is asked over the bus and answered. */
export class RemoteStdin {
  readonly #bus: Bus;
  readonly #waiting = new Map<string, (answer: StdinAnswer) => void>();

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** What became of the input; null when no instance answered in time. */
  async write(executionId: string, data: string, end: boolean): Promise<StdinAnswer | null> {
    const requestId = randomUUID();
    const answer = new Promise<StdinAnswer | null>((resolve) => {
      const late = setTimeout(() => resolve(null), ANSWER_MS);
      this.#waiting.set(requestId, (given) => {
        clearTimeout(late);
        resolve(given);
      });
    });
    this.#bus.publish({ kind: 'stdin', requestId, executionId, data, end });
    return answer.finally(() => this.#waiting.delete(requestId));
  }

  /** Another instance has answered. */
  settle(requestId: string, answer: StdinAnswer): void {
    this.#waiting.get(requestId)?.(answer);
  }
}
