import type { FastifyBaseLogger } from 'fastify';

/** What a server must close, in the order in which it was opened. */
export class Closers {
  readonly #log: FastifyBaseLogger;
  readonly #closers: { name: string; close: () => unknown }[] = [];

  constructor(log: FastifyBaseLogger) {
    this.#log = log;
  }

  /** Registers how to close what was just opened. `name` says in the log what did not close. */
  add(name: string, close: () => unknown): void {
    this.#closers.push({ name, close });
  }

  /** Closes everything, the last opened first, one after the other. What throws is logged and keeps nothing open. */
  async close(): Promise<void> {
    for (const { name, close } of this.#closers.splice(0).reverse()) {
      try {
        await close();
      } catch (err) {
        this.#log.error({ err }, `Closing failed: ${name}`);
      }
    }
  }
}
