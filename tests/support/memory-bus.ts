import type { Bus, BusTopic } from '../../src/bus/bus.ts';

/** Joins instances within one process. Delivers at once, as JSON, unless it is told to lose messages. */
export class MemoryBus implements Bus {
  losesAll = false;
  readonly #receivers = new Map<string, Set<(text: string) => void>>();
  readonly #onGap = new Set<() => void>();

  publish<Message>({ name }: BusTopic<Message>, message: Message): void {
    if (this.losesAll) return;
    for (const receive of this.#receivers.get(name) ?? []) receive(JSON.stringify(message));
  }

  subscribe<Message>({ name, schema }: BusTopic<Message>, listener: (message: Message) => void): () => void {
    const receivers = this.#receivers.get(name) ?? new Set();
    const receive = (text: string) => listener(schema.parse(JSON.parse(text)));
    this.#receivers.set(name, receivers.add(receive));
    return () => void receivers.delete(receive);
  }

  onGap(listener: () => void): () => void {
    this.#onGap.add(listener);
    return () => void this.#onGap.delete(listener);
  }

  /** Tells that messages may have been lost. */
  gap(): void {
    for (const listener of this.#onGap) listener();
  }

  close(): void {}
}
