import type { PresenceRegistry } from '../presence/registry.ts';

/** How long a user counts as typing after an edit. */
const TYPING_MS = 3_000;

/** Tells presence who types in a document, by edits over its connections. */
export class TypingUsers {
  readonly #presence: PresenceRegistry;
  readonly #sessionId: string;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(presence: PresenceRegistry, sessionId: string) {
    this.#presence = presence;
    this.#sessionId = sessionId;
  }

  /** Says that a user has typed. */
  add(userId: string): void {
    const timer = this.#timers.get(userId);
    if (timer) {
      timer.refresh();
      return;
    }
    this.#tell(userId, true);
    this.#timers.set(
      userId,
      setTimeout(() => {
        this.#timers.delete(userId);
        this.#tell(userId, false);
      }, TYPING_MS),
    );
  }

  /** Says that nobody types any more. */
  close(): void {
    for (const [userId, timer] of this.#timers) {
      clearTimeout(timer);
      this.#tell(userId, false);
    }
    this.#timers.clear();
  }

  #tell(userId: string, typing: boolean): void {
    this.#presence.change({ sessionId: this.#sessionId, userId }, { typing });
  }
}
