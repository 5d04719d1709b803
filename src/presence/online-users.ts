import { type Activity, applyChange, IDLE, type PresenceChange, type UserPresence } from './model.ts';

interface Local {
  connections: number;
  presence: UserPresence;
}

interface Remote {
  readonly version: number;
  readonly users: readonly UserPresence[];
  readonly receivedAt: number;
}

/** The users of one session who are online: over the connections of this instance, and as other instances say. */
export class OnlineUsers {
  readonly #local = new Map<string, Local>();
  readonly #remote = new Map<string, Remote>();

  /** Counts a connection of a user. Returns whether it is the first here. */
  enter(userId: string): boolean {
    const known = this.#local.get(userId);
    if (known) known.connections += 1;
    else this.#local.set(userId, { connections: 1, presence: { ...IDLE, userId, at: Date.now() } });
    return !known;
  }

  /** Discounts a connection. Returns whether it was the last here. */
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

  /** Takes the users of another instance. Returns whether they differ from before. */
  receive(instance: string, version: number, users: readonly UserPresence[]): boolean {
    const known = this.#remote.get(instance);
    if (known && version <= known.version) return false;
    this.#remote.set(instance, { version, users, receivedAt: Date.now() });
    return JSON.stringify(known?.users ?? []) !== JSON.stringify(users);
  }

  /** Forgets instances that said nothing since `time`. Returns whether a user was lost by that. */
  expire(time: number): boolean {
    let lost = false;
    for (const [instance, { receivedAt, users }] of this.#remote) {
      if (receivedAt >= time) continue;
      this.#remote.delete(instance);
      lost ||= users.length > 0;
    }
    return lost;
  }

  /** The users with a connection to this instance. */
  get local(): UserPresence[] {
    return [...this.#local.values()].map(({ presence }) => presence);
  }

  /** Each user once, with the latest that is known, in order of ids. */
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
