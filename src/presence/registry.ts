import type { UserKey } from '../access/caller.ts';
import type { Bus } from '../bus/bus.ts';
import { Throttle } from '../streams/throttle.ts';
import type { PresenceChange, SessionPresence, UserPresence } from './model.ts';
import { OnlineUsers } from './online-users.ts';
import { activityChanged, presenceAsked, type UsersOnline, usersOnline } from './topics.ts';

/** The least time between two updates of one session: twenty a second. */
const UPDATE_MS = 50;
/** How often an instance repeats who is online over it. */
const REPEAT_MS = 5_000;
/** How long the users of an instance count as online without a repetition. As long as its lease lasts. */
const TIME_TO_LIVE_MS = 3 * REPEAT_MS;

type Listener = (presence: SessionPresence) => void;

/** One session's users, listeners and pending updates. */
interface Entry {
  readonly online: OnlineUsers;
  readonly listeners: Set<Listener>;
  readonly update: Throttle;
  /** Whether the other instances do not know the latest change here yet. */
  isChangedHere: boolean;
  /** The latest that listeners were told. */
  presence: SessionPresence | null;
}

/** Who is online in every session. Tells listeners and other instances, at a bounded pace. */
export class PresenceRegistry {
  readonly #instance: string;
  readonly #bus: Bus;
  readonly #entries = new Map<string, Entry>();
  readonly #timer: NodeJS.Timeout;
  #version = 0;

  /** `instance` is the id of this one, by which others know its messages. */
  constructor(instance: string, bus: Bus) {
    this.#instance = instance;
    this.#bus = bus;
    this.#timer = setInterval(() => this.#repeat(), REPEAT_MS);
    bus.subscribe(usersOnline, (message) => this.#receive(message));
    bus.subscribe(activityChanged, ({ sessionId, userId, change }) => {
      try {
        this.change({ sessionId, userId }, change);
      } catch {
        // Another change came first. Both together are too large, so this one is dropped.
      }
    });
    bus.subscribe(presenceAsked, () => this.#repeat());
    bus.onGap(() => bus.publish(presenceAsked, {}));
  }

  /** Counts a connection of a user. Returns a function that discounts it, and returns whether it was the last here. */
  enter({ sessionId, userId }: UserKey): () => boolean {
    const entry = this.#entryOf(sessionId);
    if (entry.online.enter(userId)) this.#changedHere(entry);
    let isHere = true;
    return () => {
      if (!isHere) return false;
      isHere = false;
      const wasLast = entry.online.leave(userId);
      if (wasLast) this.#changedHere(entry);
      this.#removeUnused(sessionId, entry);
      return wasLast;
    };
  }

  /** Changes what a user does; null when it has no connection here. Throws InvalidInputError. */
  change({ sessionId, userId }: UserKey, change: PresenceChange): UserPresence | null {
    const entry = this.#entries.get(sessionId);
    const changed = entry?.online.change(userId, change);
    if (entry && changed) this.#changedHere(entry);
    return changed ?? null;
  }

  /** Returns what a user does who is online, over any instance. */
  find({ sessionId, userId }: UserKey): UserPresence | undefined {
    return this.#entries.get(sessionId)?.online.users.find((user) => user.userId === userId);
  }

  /** The users with a connection to this instance. */
  get here(): UserKey[] {
    return [...this.#entries].flatMap(([sessionId, { online }]) =>
      online.local.map(({ userId }) => ({ sessionId, userId })),
    );
  }

  /** Tells the listener who is online, now and after changes, until the returned function is called. */
  listen(sessionId: string, listener: Listener): () => void {
    const entry = this.#entryOf(sessionId);
    entry.listeners.add(listener);
    entry.presence ??= { sessionId, users: entry.online.users };
    listener(entry.presence);
    return () => {
      entry.listeners.delete(listener);
      this.#removeUnused(sessionId, entry);
    };
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { update } of this.#entries.values()) update.close();
  }

  #entryOf(sessionId: string): Entry {
    const known = this.#entries.get(sessionId);
    if (known) return known;
    const entry: Entry = {
      online: new OnlineUsers(),
      listeners: new Set(),
      update: new Throttle(UPDATE_MS, () => this.#update(sessionId, entry)),
      isChangedHere: false,
      presence: null,
    };
    this.#entries.set(sessionId, entry);
    return entry;
  }

  #changedHere(entry: Entry): void {
    entry.isChangedHere = true;
    entry.update.call();
  }

  #receive({ instance, sessionId, version, users }: UsersOnline): void {
    const entry = this.#entryOf(sessionId);
    if (entry.online.receive(instance, version, users)) entry.update.call();
  }

  #update(sessionId: string, entry: Entry): void {
    if (entry.isChangedHere) this.#publish(sessionId, entry);
    entry.presence = { sessionId, users: entry.online.users };
    for (const listener of entry.listeners) listener(entry.presence);
    this.#removeUnused(sessionId, entry);
  }

  #publish(sessionId: string, entry: Entry): void {
    entry.isChangedHere = false;
    this.#version += 1;
    this.#bus.publish(usersOnline, {
      instance: this.#instance,
      version: this.#version,
      sessionId,
      users: entry.online.local,
    });
  }

  /** Messages may be lost and instances may die: so each instance repeats its users, and others' users expire. */
  #repeat(): void {
    for (const [sessionId, entry] of this.#entries) {
      if (entry.online.local.length > 0) this.#publish(sessionId, entry);
      if (entry.online.expire(Date.now() - TIME_TO_LIVE_MS)) entry.update.call();
      this.#removeUnused(sessionId, entry);
    }
  }

  #removeUnused(sessionId: string, entry: Entry): void {
    if (!entry.online.isEmpty || entry.listeners.size > 0 || entry.isChangedHere) return;
    if (this.#entries.get(sessionId) === entry) this.#entries.delete(sessionId);
  }
}
