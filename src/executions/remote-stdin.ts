import { randomUUID } from 'node:crypto';
import type { Bus } from '../bus/bus.ts';
import { type StdinAnswer, stdinAnswered, stdinSent } from './topics.ts';

/** How long the instance that runs the program may take to answer. */
const ANSWER_MS = 5_000;

/** Input for programs that run on other instances: each piece is sent over the bus and answered. */
export class RemoteStdin {
  readonly #bus: Bus;
  readonly #waiting = new Map<string, (answer: StdinAnswer) => void>();

  constructor(bus: Bus) {
    this.#bus = bus;
    bus.subscribe(stdinAnswered, ({ requestId, answer }) => this.#waiting.get(requestId)?.(answer));
  }

  /** Returns what became of the input; null when no instance answered in time. */
  async write(executionId: string, data: string, end: boolean): Promise<StdinAnswer | null> {
    const requestId = randomUUID();
    const answer = new Promise<StdinAnswer | null>((resolve) => {
      const late = setTimeout(() => resolve(null), ANSWER_MS);
      this.#waiting.set(requestId, (given) => {
        clearTimeout(late);
        resolve(given);
      });
    });
    this.#bus.publish(stdinSent, { requestId, executionId, data, end });
    return answer.finally(() => this.#waiting.delete(requestId));
  }
}
