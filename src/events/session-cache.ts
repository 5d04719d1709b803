import { LRUCache } from 'lru-cache';
import type { Caller } from '../access/caller.ts';
import { decide, decideUnseen, mayAct, type SessionPermit, unknownSession } from '../access/decide.ts';
import type { SessionAction } from '../access/rights.ts';
import { Batcher } from '../batcher.ts';
import type { SessionStore } from '../database/session-store.ts';
import { SessionNotFoundError } from '../errors.ts';
import { isId } from '../ids.ts';
import { sizeOfEdits } from './edits.ts';
import { applyEvent, isEventOf, type SessionEvent } from './event.ts';
import { MAX_SEQ } from './log.ts';
import { LogFold, withEdits } from './rows.ts';
import { SessionUpdated } from './session-events.ts';
import type { SessionState } from './state.ts';

/** How many sessions are looked up with one statement. */
const LARGEST_LOOK = 500;
/** About what a session and a user take, in bytes: the program twice, because REST keeps its body as JSON. */
const SESSION_BYTES = 1_000;
const USER_BYTES = 500;
/** If a kept session lacks as many events, it is loaded again. */
const MOST_MISSED = 20;
/** The id of no session. */
const NOTHING = '';

/** The states of the sessions that were read or changed lately, so that most reads need no statement. */
export class SessionCache {
  readonly #store: SessionStore;
  readonly #states: LRUCache<string, SessionState>;
  readonly #seqs: Batcher<string, number | null>;
  /** The latest load of each session that is being loaded. Removed when the session changes meanwhile. */
  readonly #loads = new Map<string, symbol>();
  #hits = 0;
  #misses = 0;

  /** Keeps at most about `maxBytes` in memory. */
  constructor(store: SessionStore, maxBytes: number) {
    this.#store = store;
    this.#states = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ code, users }) => SESSION_BYTES + 4 * code.length + users.length * USER_BYTES,
    });
    this.#seqs = new Batcher((ids) => {
      const seqs = store.seqs(ids);
      return async (id) => (await seqs).get(id) ?? null;
    }, LARGEST_LOOK);
  }

  /** What it holds, and how many reads it has spared the database. */
  get gauges() {
    const { size, calculatedSize } = this.#states;
    return { sessions: size, bytes: calculatedSize, hits: this.#hits, misses: this.#misses };
  }

  /**
   * Returns the session as it is now, with every change that was acknowledged before this call, and the permit that the
   * caller may do this with it. Throws as `decide` does, and SessionNotFoundError.
   */
  async read<Wanted extends SessionAction>(
    caller: Caller,
    action: Wanted,
    id: string,
    userId: string | null = null,
  ): Promise<{ readonly session: SessionState; readonly permit: SessionPermit<Wanted> }> {
    const session = (await this.#foreign(caller, id)) ?? (await this.#current(id));
    if (!session) throw unknownSession(caller, id);
    return { session, permit: decide(caller, action, session, userId) };
  }

  /** Returns the session as it is now to who may read it; null for who must not know of it, and where there is none. */
  async find(caller: Caller, id: string): Promise<SessionState | null> {
    try {
      return (await this.read(caller, 'READ', id)).session;
    } catch (error) {
      if (error instanceof SessionNotFoundError) return null;
      throw error;
    }
  }

  /** Decides as `read` does. Looks nothing up for who may do everything, who meets an unknown session later. */
  async permit<Wanted extends SessionAction>(
    caller: Caller,
    action: Wanted,
    id: string,
    userId: string | null = null,
  ): Promise<SessionPermit<Wanted>> {
    return decideUnseen(caller, action, id, userId) ?? (await this.read(caller, action, id, userId)).permit;
  }

  /** Returns where the log of a session stands; null when it is gone. */
  async seq(id: string): Promise<number | null> {
    return (await this.#current(id))?.seq ?? null;
  }

  /**
   * Returns a session that the caller must not know of, after the time that an unknown one takes; null for any other.
   * What it decides with never changes: the owner, and the session of a token.
   */
  async #foreign(caller: Caller, id: string): Promise<SessionState | null> {
    const kept = this.#states.peek(id);
    if (!kept || mayAct(caller, 'READ', kept)) return null;
    await this.lookForNothing();
    return kept;
  }

  /**
   * Takes the time that a look for an unknown session takes. Call it before a refusal that must not tell by its time
   * that there is something.
   */
  async lookForNothing(): Promise<void> {
    await this.#store.load(NOTHING);
  }

  async #current(id: string): Promise<SessionState | null> {
    const kept = this.#states.get(id);
    if (kept && (this.#store.isOnlyWriter || (await this.#seqs.run(id)) === kept.seq)) {
      this.#hits += 1;
      // It may have changed while the number was on its way: what is kept is never older.
      return this.#states.get(id) ?? kept;
    }
    return this.#load(id);
  }

  /**
   * Returns the session as this process knew it last, which is a statement less where others write as well. For
   * `changeSession` alone: what it does with it needs a permit.
   */
  async latestKnown(id: string): Promise<SessionState | null> {
    return this.#states.get(id) ?? this.#load(id);
  }

  /** Returns the session as it was after an event, if it is kept so. */
  keptAfter(id: string, seq: number): SessionState | null {
    const kept = this.#states.peek(id);
    return kept?.seq === seq ? kept : null;
  }

  /** Call it with the state after each change that was committed. */
  put(state: SessionState): void {
    this.#loads.delete(state.id);
    const kept = this.#states.peek(state.id);
    // A document is opened without an event.
    const isNewer = !kept || kept.seq < state.seq || (kept.seq === state.seq && kept.epoch < state.epoch);
    if (isNewer) this.#states.set(state.id, state);
  }

  /** Takes an event that another instance has appended, so that the session is not loaded again for it. */
  advance(event: SessionEvent): void {
    const kept = this.#states.peek(event.sessionId);
    if (kept?.seq !== event.seq - 1) return;
    const after = applyEvent(kept, event);
    if (!after) return;
    const { codeSeq } = kept;
    // An event may begin an epoch. Where a document was opened without one, this cache knows of it and the event may not.
    const epoch = Math.max(kept.epoch, after.epoch);
    const edits = isEventOf(SessionUpdated, event) ? event.data.edits : [];
    // Where its text is stored is known about: it is only for the instance that stores the next one.
    this.put({ ...after, codeSeq, epoch, editSize: kept.editSize + sizeOfEdits(edits) });
  }

  /**
   * Call it when a change did not find the session as it is kept: takes what other instances have appended, and returns
   * that.
   */
  async catchUp(id: string): Promise<SessionEvent[]> {
    const kept = this.#states.peek(id);
    if (!kept) return [];
    const rows = await this.#store.events(id, { after: kept.seq, before: MAX_SEQ, limit: MOST_MISSED });
    // What changed has no event, or all is read faster than so many.
    if (rows.length === 0 || rows.length === MOST_MISSED) {
      this.forget(id);
      return [];
    }
    const fold = new LogFold(kept);
    const events = rows.map((row) => fold.next(row));
    for (const event of events) this.advance(event);
    return events;
  }

  /** Call it when a session was deleted, or when nobody knows whether a change was committed. */
  forget(id: string): void {
    this.#loads.delete(id);
    this.#states.delete(id);
  }

  async #load(id: string): Promise<SessionState | null> {
    if (!isId(id)) return null;
    this.#misses += 1;
    const load = Symbol(id);
    this.#loads.set(id, load);
    const loaded = await this.#store.load(id);
    const state = loaded && { ...loaded.session, code: withEdits(loaded.session.code, loaded.edits) };
    // A session that changed meanwhile was put here already, newer than this; one that was deleted must not come back.
    if (this.#loads.get(id) === load) {
      this.#loads.delete(id);
      if (state) this.put(state);
      else this.#states.delete(id);
    }
    return state;
  }
}
