import { CloseCode, CloseError } from './close-error.ts';
import { type Member, withMember } from './member.ts';
import type { AwarenessState } from './protocols/messages.ts';

/** The highest clock. A client raises its own by one for each change. */
const MAX_CLOCK = 2 ** 32;
/** The most clients that show something over one connection. An editor is one. */
const MAX_CLIENTS = 8;
/** The most clients that are known of a document. A client that has gone stays known until its place is needed. */
const MAX_ENTRIES = 1_000;
/** Editors renew their state every 15 seconds, and forget one that was not renewed for 30. */
const TIME_TO_LIVE_MS = 30_000;

/** A connection, as far as its states go. Without a user it shows nothing. */
export interface Owner {
  readonly user: Member | null;
}

/** A state that another instance tells of. */
export interface RemoteState extends AwarenessState {
  readonly userId: string;
}

/** What has changed. */
export interface AwarenessChanges {
  readonly clients: ReadonlySet<number>;
  /** Their connections here. */
  readonly owners: ReadonlySet<Owner>;
  /** Those that connections here have changed, for other instances. */
  readonly states: readonly RemoteState[];
}

interface Entry {
  /** Null for a client of another instance, and for one whose connection has gone. */
  owner: Owner | null;
  readonly userId: string;
  /** The latest clock of the client itself. */
  clock: number;
  /**
   * The clock that the others are told. It always rises. The client's own clock does not: one that comes back sends
   * the clock that it had when it went, and the others would pass over it.
   */
  told: number;
  json: string;
  changedAt: number;
}

const GONE = 'null';

/**
 * What the clients of one document show to each other: cursors, say. It is never stored. A state belongs to the
 * connection that sent it first and goes with it, and has the name and the colour of its user.
 */
export class Awareness {
  readonly #entries = new Map<number, Entry>();
  /** The connections whose first message has come. */
  readonly #known = new WeakSet<Owner>();
  #changed = new Set<number>();
  #changedHere = new Set<number>();

  /**
   * Takes what a connection sends. States of others are passed over: y-websocket sends back all that it was told.
   * Returns whether something changed. Throws CloseError.
   */
  receive(owner: Owner, states: readonly AwarenessState[]): boolean {
    const { user } = owner;
    if (!user) return false;
    // Both providers send their own state first, before they were told of any other.
    const isFirst = !this.#known.has(owner);
    this.#known.add(owner);
    let hasChanged = false;
    for (const state of states) {
      const entry = this.#entryFor(owner, user, state, isFirst && states.length === 1);
      if (entry && this.#change(state, entry, user)) hasChanged = true;
    }
    return hasChanged;
  }

  /** Returns the entry that a connection may change; null where the client is another one's. */
  #entryFor(owner: Owner, user: Member, { clientId, clock }: AwarenessState, isOwn: boolean): Entry | null {
    const known = this.#entries.get(clientId);
    if (known?.owner === owner) return known;
    // The user may have come back before the old connection was found dead. What is newer than all that others were
    // told is no echo of it.
    if (known && (known.userId !== user.id || !(isOwn || clock > known.told))) return null;
    if (this.#clientsOf(owner).length >= MAX_CLIENTS || !this.#makeRoom()) return null;
    const { told = 0, json = GONE } = known ?? {};
    const entry = { owner, userId: user.id, clock: -1, told, json, changedAt: Date.now() };
    this.#entries.set(clientId, entry);
    return entry;
  }

  #change({ clientId, clock, json }: AwarenessState, entry: Entry, user: Member): boolean {
    const hasGone = json === GONE;
    if (clock > MAX_CLOCK)
      throw new CloseError(CloseCode.REFUSED, 'The clock of the awareness state is too high');
    const isNews = clock > entry.clock || (clock === entry.clock && hasGone && entry.json !== GONE);
    if (!isNews) return false;
    entry.json = hasGone ? GONE : withMember(json, user);
    entry.clock = clock;
    entry.told = Math.max(entry.told + 1, clock);
    entry.changedAt = Date.now();
    this.#changedFromHere(clientId);
    return true;
  }

  /** Takes what another instance tells. Returns whether something changed. */
  receiveRemote(states: readonly RemoteState[]): boolean {
    let hasChanged = false;
    for (const { clientId, clock, json, userId } of states) {
      const known = this.#entries.get(clientId);
      if (known && clock <= known.told) continue;
      if (!known && !this.#makeRoom()) continue;
      const changedAt = Date.now();
      this.#entries.set(clientId, { owner: null, userId, clock, told: clock, json, changedAt });
      this.#changed.add(clientId);
      hasChanged = true;
    }
    return hasChanged;
  }

  /** Takes away what a connection shows, because it has gone. Returns whether something changed. */
  drop(owner: Owner): boolean {
    const clients = this.#clientsOf(owner);
    for (const [clientId, entry] of clients) {
      entry.owner = null;
      if (this.#hide(entry)) this.#changedFromHere(clientId);
    }
    return clients.length > 0;
  }

  /** Takes away what was not renewed: a page that sleeps, an instance that died. Returns whether something changed. */
  expire(): boolean {
    const time = Date.now() - TIME_TO_LIVE_MS;
    let hasChanged = false;
    for (const [clientId, entry] of this.#entries) {
      if (entry.changedAt > time) continue;
      if (this.#hide(entry)) {
        this.#changed.add(clientId);
        hasChanged = true;
      } else if (!entry.owner) {
        this.#entries.delete(clientId);
      }
    }
    return hasChanged;
  }

  /** Returns what changed since the last call. */
  takeChanges(): AwarenessChanges {
    const clients = this.#changed;
    const owners = new Set([...clients].flatMap((clientId) => this.#entries.get(clientId)?.owner ?? []));
    const states = this.#toRemote(this.#changedHere);
    this.#changed = new Set();
    this.#changedHere = new Set();
    return { clients, owners, states };
  }

  /** Returns states (without `clients`, all that are shown) as a connection is told them: its own with its own clock. */
  statesFor(owner: Owner | null, clients: Iterable<number> = this.#shown()): AwarenessState[] {
    return [...clients].flatMap((clientId) => {
      const entry = this.#entries.get(clientId);
      if (!entry) return [];
      return { clientId, clock: owner && entry.owner === owner ? entry.clock : entry.told, json: entry.json };
    });
  }

  /** Returns the states of all connections here, for other instances. */
  localStates(): RemoteState[] {
    return this.#toRemote([...this.#entries].filter(([, { owner }]) => owner).map(([clientId]) => clientId));
  }

  #toRemote(clients: Iterable<number>): RemoteState[] {
    return [...clients].flatMap((clientId) => {
      const entry = this.#entries.get(clientId);
      return entry ? { clientId, clock: entry.told, json: entry.json, userId: entry.userId } : [];
    });
  }

  #changedFromHere(clientId: number): void {
    this.#changed.add(clientId);
    this.#changedHere.add(clientId);
  }

  #shown(): number[] {
    return [...this.#entries].filter(([, { json }]) => json !== GONE).map(([clientId]) => clientId);
  }

  #clientsOf(owner: Owner): [number, Entry][] {
    return [...this.#entries].filter(([, entry]) => entry.owner === owner);
  }

  /** Returns whether the state was shown until now. */
  #hide(entry: Entry): boolean {
    if (entry.json === GONE) return false;
    entry.json = GONE;
    entry.told += 1;
    entry.changedAt = Date.now();
    return true;
  }

  /** Returns whether there is room for one more client. If not, it forgets the clients that have gone first. */
  #makeRoom(): boolean {
    if (this.#entries.size < MAX_ENTRIES) return true;
    for (const [clientId, { owner, json }] of this.#entries) {
      if (!owner && json === GONE && !this.#changed.has(clientId)) this.#entries.delete(clientId);
    }
    return this.#entries.size < MAX_ENTRIES;
  }
}
