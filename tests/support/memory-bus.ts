import type { Bus, BusTopic } from '../../src/bus/bus.ts';

interface Receiver {
  /** The bus that it listens over. */
  readonly bus: Bus;
  receive(text: string): void;
}

/** Joins instances within one process. Delivers at once, as JSON, unless it is told to lose messages. */
export class MemoryBus {
  losesAll = false;
  readonly #receivers = new Map<string, Set<Receiver>>();
  readonly #onGap = new Set<() => void>();

  /** Tells all instances. */
  publish<Message>(topic: BusTopic<Message>, message: Message): void {
    this.#publish(null, topic, message);
  }

  /** Returns the bus of one more instance. */
  ofInstance(): Bus {
    const bus: Bus = {
      publish: (topic, message) => this.#publish(bus, topic, message),
      subscribe: (topic, listener) => this.#subscribe(bus, topic, listener),
      onGap: (listener) => {
        this.#onGap.add(listener);
        return () => void this.#onGap.delete(listener);
      },
      close: () => {},
    };
    return bus;
  }

  /** Tells that messages may have been lost. */
  gap(): void {
    for (const listener of this.#onGap) listener();
  }

  #publish<Message>(from: Bus | null, { name }: BusTopic<Message>, message: Message): void {
    if (this.losesAll) return;
    for (const { bus, receive } of this.#receivers.get(name) ?? []) {
      if (bus !== from) receive(JSON.stringify(message));
    }
  }

  #subscribe<Message>(
    bus: Bus,
    { name, schema }: BusTopic<Message>,
    listener: (message: Message) => void,
  ): () => void {
    const receivers = this.#receivers.get(name) ?? new Set();
    const receiver = { bus, receive: (text: string) => listener(schema.parse(JSON.parse(text))) };
    this.#receivers.set(name, receivers.add(receiver));
    return () => void receivers.delete(receiver);
  }
}
