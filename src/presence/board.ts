import { randomUUID } from 'node:crypto';
import type { Bus } from '../events/bus.ts';
import type { PresenceChange, PresenceMessage, SessionPresence, UserPresence } from './model.ts';
import { Room } from './room.ts';
import { Throttle } from './throttle.ts';

/** Twenty updates a second, a session. */
const UPDATE_MS = 50;
/** How often an instance repeats who is online over it, and how long the others believe it. */
const REPEAT_MS = 5_000;
const BELIEVE_MS = 3 * REPEAT_MS;

type Listener = (presence: SessionPresence) => void;

interface Seat {
  readonly room: Room;
  readonly listeners: Set<Listener>;
  readonly tell: Throttle;
  /** Whether the other instances do not know of it yet. */
  isChangedHere: boolean;
  /** What listeners were told, for one that comes later. */
  presence: SessionPresence | null;
}

/** Knows who is online in every session, and tells listeners and other instances, at a bounded pace. */
export class PresenceBoard {
  readonly #instance = randomUUID();
  readonly #seats = new Map<string, Seat>();
  readonly #bus: Bus;
  readonly #timer: NodeJS.Timeout;
  #version = 0;

  constructor(bus: Bus) {
    this.#bus = bus;
    this.#timer = setInterval(() => this.#repeat(), REPEAT_MS);
  }

  /** Asks the other instances who is online over them. */
  ask(): void {
    this.#bus.publish({ kind: 'presenceAsked' });
  }

  /** Counts a connection of a user; answers how to discount it, and whether it was the last here. */
  enter(sessionId: string, userId: string): () => boolean {
    const seat = this.#seat(sessionId);
    if (seat.room.enter(userId)) this.#changed(seat);
    let isHere = true;
    return () => {
      if (!isHere) return false;
      isHere = false;
      const wasLast = seat.room.leave(userId);
      if (wasLast) this.#changed(seat);
      this.#clean(sessionId, seat);
      return wasLast;
    };
  }

  /** Changes what a user does; null when it is not online. Throws InvalidInputError. */
  change(sessionId: string, userId: string, change: PresenceChange): UserPresence | null {
    const seat = this.#seats.get(sessionId);
    const changed = seat?.room.change(userId, change);
    if (seat && changed) this.#changed(seat);
    return changed ?? null;
  }

  /** What is known of a user that is online, over whatever instance. */
  find(sessionId: string, userId: string): UserPresence | undefined {
    return this.#seats.get(sessionId)?.room.users.find((user) => user.userId === userId);
  }

  /** Everybody with a connection to this instance. */
  get here(): { sessionId: string; userId: string }[] {
    return [...this.#seats].flatMap(([sessionId, { room }]) =>
      room.local.map(({ userId }) => ({ sessionId, userId })),
    );
  }

  /** Tells the listener who is online, now and after changes, until the returned function is called. */
  listen(sessionId: string, listener: Listener): () => void {
    const seat = this.#seat(sessionId);
    seat.listeners.add(listener);
    seat.presence ??= { sessionId, users: seat.room.users };
    listener(seat.presence);
    return () => {
      seat.listeners.delete(listener);
      this.#clean(sessionId, seat);
    };
  }

  /** Takes a message of another instance, or an own one, which says nothing new. */
  hear(message: PresenceMessage): void {
    if (message.kind === 'presenceAsked') this.#repeat();
    else if (message.kind === 'presence') this.#hearUsers(message);
    else this.#hearChange(message);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { tell } of this.#seats.values()) tell.close();
  }

  #seat(sessionId: string): Seat {
    const known = this.#seats.get(sessionId);
    if (known) return known;
    const seat: Seat = {
      room: new Room(),
      listeners: new Set(),
      tell: new Throttle(UPDATE_MS, () => this.#tell(sessionId, seat)),
      isChangedHere: false,
      presence: null,
    };
    this.#seats.set(sessionId, seat);
    return seat;
  }

  #changed(seat: Seat): void {
    seat.isChangedHere = true;
    seat.tell.call();
  }

  #hearUsers({ instance, sessionId, version, users }: Extract<PresenceMessage, { kind: 'presence' }>): void {
    if (instance === this.#instance) return;
    const seat = this.#seat(sessionId);
    if (seat.room.hear(instance, version, users)) seat.tell.call();
  }

  #hearChange({ sessionId, userId, change }: Extract<PresenceMessage, { kind: 'presenceChange' }>): void {
    try {
      this.change(sessionId, userId, change);
    } catch {
      // Together with a change that came in between it is too large.
    }
  }

  #tell(sessionId: string, seat: Seat): void {
    if (seat.isChangedHere) this.#publish(sessionId, seat);
    seat.presence = { sessionId, users: seat.room.users };
    for (const listener of seat.listeners) listener(seat.presence);
    this.#clean(sessionId, seat);
  }

  #publish(sessionId: string, seat: Seat): void {
    seat.isChangedHere = false;
    this.#version += 1;
    this.#bus.publish({
      kind: 'presence',
      instance: this.#instance,
      version: this.#version,
      sessionId,
      users: seat.room.local,
    });
  }

  /** A message may be lost and an instance may die: what is not repeated is believed no longer. */
  #repeat(): void {
    for (const [sessionId, seat] of this.#seats) {
      if (seat.room.local.length > 0) this.#publish(sessionId, seat);
      if (seat.room.forget(Date.now() - BELIEVE_MS)) seat.tell.call();
      this.#clean(sessionId, seat);
    }
  }

  #clean(sessionId: string, seat: Seat): void {
    if (!seat.room.isEmpty || seat.listeners.size > 0 || seat.isChangedHere) return;
    if (this.#seats.get(sessionId) === seat) this.#seats.delete(sessionId);
  }
}
