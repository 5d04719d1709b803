import { setTimeout } from 'node:timers/promises';
import type { Entry, Numbered } from './log.ts';

/** Takes an error that nobody waits for: the server logs it. */
export type Report = (error: unknown) => void;

export interface Listener<Item> {
  onEntry(entry: Entry<Item>): void;
  /** No entry will come any more, because the server shuts down. */
  onClose?(): void;
  /** Whether the listener has passed on all that it was given. Without it, the listener always has. */
  isIdle?(): boolean;
}

/** The listeners of one log in this process. */
interface Topic<Item> {
  readonly listeners: Set<Listener<Item>>;
  /** The number of the newest entry that all listeners have; null before the first. */
  position: number | null;
  /** The newest item that was delivered. */
  latest: Item | null;
}

const DRAIN_POLL_MS = 5;

/**
 * Delivers entries of logs to the listeners of this process, the stored ones alone. It may lose, repeat and
 * disorder them (entries of other instances travel over a bus): readers heal that from the log.
 */
export class Broadcaster<Item extends Numbered> {
  readonly #report: Report;
  readonly #topics = new Map<string, Topic<Item>>();
  #closed = false;

  constructor(report: Report) {
    this.#report = report;
  }

  /** Delivers the entry to the log's listeners, unless they had a later one. A listener that throws hurts no other. */
  publish(key: string, entry: Entry<Item>): void {
    const topic = this.#topics.get(key);
    if (!topic || entry.seq <= (topic.position ?? 0)) return;
    topic.position = entry.seq;
    topic.latest = entry.item;
    for (const listener of topic.listeners) this.#call(() => listener.onEntry(entry));
  }

  /**
   * Sets the topic's position if it has none, and returns it. If it is higher than `seq`, the caller must
   * read the log again: others were given those entries before the caller listened.
   */
  startAt(key: string, seq: number): number {
    const topic = this.#topics.get(key);
    if (!topic) return seq;
    topic.position ??= seq;
    return topic.position;
  }

  /** The number of the newest entry delivered, null before the first; undefined when nobody listens. */
  position(key: string): number | null | undefined {
    return this.#topics.get(key)?.position;
  }

  /** The newest item delivered; null where there is none, or nobody listens. */
  latest(key: string): Item | null {
    return this.#topics.get(key)?.latest ?? null;
  }

  /** The logs that somebody listens to. */
  get keys(): string[] {
    return [...this.#topics.keys()];
  }

  /** Calls the listener for each new entry of the log until the returned function is called. */
  listen(key: string, listener: Listener<Item>): () => void {
    if (this.#closed) {
      listener.onClose?.();
      return () => {};
    }
    const topic = this.#topics.get(key) ?? { listeners: new Set(), position: null, latest: null };
    this.#topics.set(key, topic);
    topic.listeners.add(listener);
    return () => {
      // A second call must not remove a topic that others have opened since.
      if (topic.listeners.delete(listener) && topic.listeners.size === 0) this.#topics.delete(key);
    };
  }

  /** How many listeners there are, over all logs. */
  get listenerCount(): number {
    let count = 0;
    for (const { listeners } of this.#topics.values()) count += listeners.size;
    return count;
  }

  /** Resolves when every listener has passed on what it was given, or after the timeout. */
  async drain(timeoutMs: number): Promise<void> {
    for (let waited = 0; waited < timeoutMs; waited += DRAIN_POLL_MS) {
      // A listener that has just left may still have its last entries to send.
      await setTimeout(DRAIN_POLL_MS);
      if (this.#listeners().every((listener) => listener.isIdle?.() ?? true)) return;
    }
  }

  /** Ends delivery. A later listener is closed at once. A listener that throws hurts no other. */
  close(): void {
    this.#closed = true;
    for (const listener of this.#listeners()) this.#call(() => listener.onClose?.());
    this.#topics.clear();
  }

  #call(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#report(error);
    }
  }

  #listeners(): Listener<Item>[] {
    return [...this.#topics.values()].flatMap(({ listeners }) => [...listeners]);
  }
}
