import type { SessionEvent, SessionState } from './model.ts';

/** One committed change: the event and the session after it, null once it is deleted. */
export interface SessionChange {
  readonly event: SessionEvent;
  readonly session: SessionState | null;
}

export interface Listener {
  onChange(change: SessionChange): void;
  /** Live delivery ends: the server is shutting down. */
  onClose(): void;
}

/** Who listens to a session in this process, and the latest event that they all have. */
interface Room {
  readonly listeners: Set<Listener>;
  seq: number | null;
}

/** Delivers committed changes to the listeners of this process. It promises nothing: the log heals what it loses. */
export class LiveEvents {
  readonly #rooms = new Map<string, Room>();
  #closed = false;

  /** Gives the change to the session's listeners, unless they had a later one. */
  deliver(change: SessionChange): void {
    const { sessionId, seq } = change.event;
    const room = this.#rooms.get(sessionId);
    if (!room || seq <= (room.seq ?? 0)) return;
    room.seq = seq;
    for (const listener of room.listeners) listener.onChange(change);
  }

  /**
   * Says that a listener has everything up to `seq`, and answers where the session's listeners are, which may
   * be further: what they were given before it came it must read. All being at one place, a gap is read once.
   */
  startAt(sessionId: string, seq: number): number {
    const room = this.#rooms.get(sessionId);
    if (!room) return seq;
    room.seq ??= seq;
    return room.seq;
  }

  /** The sessions that are listened to, each with the latest event delivered; null before the first. */
  watched(): Map<string, number | null> {
    return new Map([...this.#rooms].map(([id, { seq }]) => [id, seq]));
  }

  /** The latest event delivered, null before the first; undefined when nobody listens. */
  lastDelivered(sessionId: string): number | null | undefined {
    return this.#rooms.get(sessionId)?.seq;
  }

  /** Calls the listener for each change of the session until the returned function is called. */
  listen(sessionId: string, listener: Listener): () => void {
    if (this.#closed) {
      listener.onClose();
      return () => {};
    }
    const room = this.#rooms.get(sessionId) ?? { listeners: new Set(), seq: null };
    this.#rooms.set(sessionId, room);
    room.listeners.add(listener);
    return () => {
      room.listeners.delete(listener);
      if (room.listeners.size === 0) this.#rooms.delete(sessionId);
    };
  }

  /** How many listeners there are, over all sessions. */
  get listenerCount(): number {
    let count = 0;
    for (const { listeners } of this.#rooms.values()) count += listeners.size;
    return count;
  }

  /** Ends every stream; a later one ends at once. */
  close(): void {
    this.#closed = true;
    for (const { listeners } of this.#rooms.values()) {
      for (const listener of listeners) listener.onClose();
    }
    this.#rooms.clear();
  }
}
