import { setTimeout } from 'node:timers/promises';
import type { SessionEvent, SessionState } from './model.ts';

/** One committed change: the event and the session after it, null once it is deleted. */
export interface SessionChange {
  readonly event: SessionEvent;
  readonly session: SessionState | null;
}

export interface Listener<Message> {
  onMessage(message: Message): void;
  /** Live delivery ends: the server is shutting down. */
  onClose(): void;
  /** Whether all that it was given has been passed on. */
  isIdle(): boolean;
}

/** Whom a message is for, and its number there. */
export interface Position {
  readonly key: string;
  readonly seq: number;
}

/** Who listens to a key in this process, and the number of the latest message that they all have. */
interface Room<Message> {
  readonly listeners: Set<Listener<Message>>;
  seq: number | null;
}

const DRAIN_POLL_MS = 5;

/** Delivers what is stored to the listeners of this process. It promises nothing: the database heals what it loses. */
export class Live<Message> {
  readonly #positionOf: (message: Message) => Position;
  readonly #rooms = new Map<string, Room<Message>>();
  #closed = false;

  constructor(positionOf: (message: Message) => Position) {
    this.#positionOf = positionOf;
  }

  /** Gives the message to those who listen to its key, unless they had a later one. */
  deliver(message: Message): void {
    const { key, seq } = this.#positionOf(message);
    const room = this.#rooms.get(key);
    if (!room || seq <= (room.seq ?? 0)) return;
    room.seq = seq;
    for (const listener of room.listeners) listener.onMessage(message);
  }

  /**
   * Says that a listener has everything up to `seq`, and answers where the key's listeners are, which may be
   * further: what they were given before it came it must read. All being at one place, a gap is read once.
   */
  startAt(key: string, seq: number): number {
    const room = this.#rooms.get(key);
    if (!room) return seq;
    room.seq ??= seq;
    return room.seq;
  }

  /** The keys that are listened to, each with the latest message delivered; null before the first. */
  watched(): Map<string, number | null> {
    return new Map([...this.#rooms].map(([key, { seq }]) => [key, seq]));
  }

  /** The latest message delivered, null before the first; undefined when nobody listens. */
  lastDelivered(key: string): number | null | undefined {
    return this.#rooms.get(key)?.seq;
  }

  /** Calls the listener for each message of the key until the returned function is called. */
  listen(key: string, listener: Listener<Message>): () => void {
    if (this.#closed) {
      listener.onClose();
      return () => {};
    }
    const room = this.#rooms.get(key) ?? { listeners: new Set(), seq: null };
    this.#rooms.set(key, room);
    room.listeners.add(listener);
    return () => {
      // Called again, it must not close a room that others have opened since.
      if (room.listeners.delete(listener) && room.listeners.size === 0) this.#rooms.delete(key);
    };
  }

  /** How many listeners there are, over all keys. */
  get listenerCount(): number {
    return this.#listeners().length;
  }

  /** Resolves when every listener has passed on what it was given, or after the time. */
  async drain(timeoutMs: number): Promise<void> {
    for (let waited = 0; waited < timeoutMs; waited += DRAIN_POLL_MS) {
      // A listener that has just left still has its last words to send.
      await setTimeout(DRAIN_POLL_MS);
      if (this.#listeners().every((listener) => listener.isIdle())) return;
    }
  }

  /** Ends every stream; a later one ends at once. */
  close(): void {
    this.#closed = true;
    for (const listener of this.#listeners()) listener.onClose();
    this.#rooms.clear();
  }

  #listeners(): Listener<Message>[] {
    return [...this.#rooms.values()].flatMap(({ listeners }) => [...listeners]);
  }
}

/** The live delivery of sessions' changes. */
export class LiveEvents extends Live<SessionChange> {
  constructor() {
    super(({ event }) => ({ key: event.sessionId, seq: event.seq }));
  }
}
