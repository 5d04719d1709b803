import { type Activity, applyChange, IDLE, type PresenceChange, type UserPresence } from './model.ts';

interface Remote {
  readonly version: number;
  readonly users: readonly UserPresence[];
  readonly heardAt: number;
}

interface Local {
  connections: number;
  presence: UserPresence;
}

/** Who is online in one session: over the connections of this instance, and as other instances say. */
export class Room {
  readonly #local = new Map<string, Local>();
  readonly #remote = new Map<string, Remote>();

  /** Counts a connection of a user; answers whether it is the first here. */
  enter(userId: string): boolean {
    const known = this.#local.get(userId);
    if (known) known.connections += 1;
    else this.#local.set(userId, { connections: 1, presence: { ...IDLE, userId, at: Date.now() } });
    return !known;
  }

  /** Discounts a connection; answers whether it was the last here. */
  leave(userId: string): boolean {
    const known = this.#local.get(userId);
    if (!known) return false;
    known.connections -= 1;
    return known.connections === 0 && this.#local.delete(userId);
  }

  /** Changes what a user with a connection here does; null when it has none. Throws InvalidInputError. */
  change(userId: string, change: PresenceChange): UserPresence | null {
    const known = this.#local.get(userId);
    if (!known) return null;
    const after: Activity = applyChange(known.presence, change);
    known.presence = { ...after, userId, at: Date.now() };
    return known.presence;
  }

  /** Takes what another instance says of its users; answers whether it is news. */
  hear(instance: string, version: number, users: readonly UserPresence[]): boolean {
    const known = this.#remote.get(instance);
    if (known && version <= known.version) return false;
    this.#remote.set(instance, { version, users, heardAt: Date.now() });
    return JSON.stringify(known?.users ?? []) !== JSON.stringify(users);
  }

  /** Forgets instances that were not heard of since then; answers whether that took a user away. */
  forget(before: number): boolean {
    let lost = false;
    for (const [instance, { heardAt, users }] of this.#remote) {
      if (heardAt >= before) continue;
      this.#remote.delete(instance);
      lost ||= users.length > 0;
    }
    return lost;
  }

  get local(): UserPresence[] {
    return [...this.#local.values()].map(({ presence }) => presence);
  }

  /** Everybody once, with the latest that is known of them. */
  get users(): UserPresence[] {
    const merged = new Map<string, UserPresence>();
    for (const presence of [...this.local, ...[...this.#remote.values()].flatMap(({ users }) => users)]) {
      const known = merged.get(presence.userId);
      if (!known || presence.at > known.at) merged.set(presence.userId, presence);
    }
    return [...merged.values()].sort((a, b) => (a.userId < b.userId ? -1 : 1));
  }

  get isEmpty(): boolean {
    return this.#local.size === 0 && this.#remote.size === 0;
  }
}
