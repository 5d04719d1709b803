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

/** Delivers committed changes to the listeners of this process. It promises nothing: the log heals what it loses. */
export class LiveEvents {
  readonly #listeners = new Map<string, Set<Listener>>();
  #closed = false;

  publish(change: SessionChange): void {
    for (const listener of this.#listeners.get(change.event.sessionId) ?? []) listener.onChange(change);
  }

  /** Calls the listener for each change of the session until the returned function is called. */
  listen(sessionId: string, listener: Listener): () => void {
    if (this.#closed) {
      listener.onClose();
      return () => {};
    }
    const listeners = this.#listeners.get(sessionId) ?? new Set();
    this.#listeners.set(sessionId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(sessionId);
    };
  }

  /** How many listeners there are, over all sessions. */
  get listenerCount(): number {
    let count = 0;
    for (const listeners of this.#listeners.values()) count += listeners.size;
    return count;
  }

  /** Ends every stream; a later one ends at once. */
  close(): void {
    this.#closed = true;
    for (const listeners of this.#listeners.values()) {
      for (const listener of listeners) listener.onClose();
    }
    this.#listeners.clear();
  }
}
