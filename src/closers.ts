import type { FastifyBaseLogger } from 'fastify';

/** The open resources of a server, in the order in which they were opened. */
export class Closers {
  readonly #log: FastifyBaseLogger;
  readonly #closers: { name: string; close: () => unknown }[] = [];

  constructor(log: FastifyBaseLogger) {
    this.#log = log;
  }

  /** Registers how to close a resource that was just opened. The log names it if that fails. */
  add(name: string, close: () => unknown): void {
    this.#closers.push({ name, close });
  }

  /** Closes everything, the last opened first, one after the other. A closer that throws is logged; the rest go on. */
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
