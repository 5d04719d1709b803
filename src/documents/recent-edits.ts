import { LRUCache } from 'lru-cache';
import type { SessionEvent } from '../database/generated/client.ts';
import type { SessionStore } from '../database/session-store.ts';
import { BaseOutsideLogError } from '../errors.ts';
import type { CodeEdit } from '../events/edits.ts';
import { editsOf } from '../events/rows.ts';
import { CODE_EDITED } from '../events/session-events.ts';
import type { Edit } from '../text/text-change.ts';

/** The most events with edits that lie between an edit and its base. */
const MAX_EVENTS = 1_000;
/** About how many characters of edits lie between them at most: an edit is moved over each of their changes. */
const MAX_CHARACTERS = 8 * 1024 * 1024;
/** About how many characters of edits are kept, of all sessions. */
const MAX_KEPT_CHARACTERS = 32 * 1024 * 1024;
/** How many characters a change and an event count for, beside their text. */
const CHANGE_CHARACTERS = 100;
const EVENT_CHARACTERS = 200;
/** How many events are read at a time: each may have megabytes. */
const PAGE = 50;

interface Entry {
  readonly seq: number;
  readonly edits: readonly CodeEdit[];
  readonly characters: number;
}

/** An edit of the log. */
export interface LoggedEdit {
  readonly seq: number;
  readonly changes: Edit;
}

/** The latest edits of one session, up to an event. */
class EditHistory {
  /** The number of the latest event. */
  readonly seq: number;
  /** The oldest number whose text an edit may mean. */
  readonly #floor: number;
  readonly #entries: readonly Entry[];

  /** Drops the oldest entries beyond the limits. The floor is that of the entries that are given. */
  constructor(seq: number, floor: number, entries: readonly Entry[]) {
    const kept = entries.slice(firstKept(entries));
    this.seq = seq;
    this.#entries = kept;
    this.#floor = kept.length === entries.length ? floor : (kept[0]?.seq ?? seq + 1) - 1;
  }

  get size(): number {
    return this.#entries.reduce((sum, { characters }) => sum + characters, EVENT_CHARACTERS);
  }

  /** Returns the edit with this id. */
  find(userId: string | null, id: string): LoggedEdit | null {
    for (const { seq, edits } of this.#entries) {
      const edit = edits.find((one) => one.id === id && one.userId === userId);
      if (edit) return { seq, changes: edit.changes };
    }
    return null;
  }

  /** Returns the edits after an event, each by itself. Throws BaseOutsideLogError. */
  after(base: number): Edit[] {
    if (base < this.#floor || base > this.seq) throw new BaseOutsideLogError(this.seq);
    return this.#entries
      .filter(({ seq }) => seq > base)
      .flatMap(({ edits }) => edits.map(({ changes }) => changes));
  }

  /** Returns the history up to a later event, with the entries since: the oldest first, and all that came after `floor`. */
  extended(seq: number, { floor, entries }: { floor: number; entries: readonly Entry[] }): EditHistory {
    return floor > this.seq
      ? new EditHistory(seq, floor, entries)
      : new EditHistory(seq, this.#floor, [...this.#entries, ...entries]);
  }
}

/** Returns the index of the oldest entry that is within the limits. */
function firstKept(entries: readonly Entry[]): number {
  let characters = 0;
  let index = entries.length;
  while (index > Math.max(0, entries.length - MAX_EVENTS)) {
    characters += entries[index - 1]?.characters ?? 0;
    if (characters > MAX_CHARACTERS) break;
    index -= 1;
  }
  return index;
}

/** The latest edits of sessions, over which edits with an older base are moved. */
export class RecentEdits {
  readonly #histories = new LRUCache<string, EditHistory>({
    maxSize: MAX_KEPT_CHARACTERS,
    sizeCalculation: ({ size }) => size,
  });

  /** Returns the latest edits of a session up to an event. */
  async upTo(store: SessionStore, sessionId: string, seq: number): Promise<EditHistory> {
    const kept = this.#histories.get(sessionId);
    if (kept?.seq === seq) return kept;
    const known = kept && kept.seq < seq ? kept : new EditHistory(0, 1, []);
    const history = known.extended(seq, await readAfter(store, sessionId, known.seq, seq));
    this.#histories.set(sessionId, history);
    return history;
  }
}

/**
 * Reads the edits from after one event up to another. It reads the newest first, and stops at the limits and at an event
 * that changed the code without edits. Returns the edits after the event `floor`, all of them, the oldest first.
 */
async function readAfter(store: SessionStore, sessionId: string, after: number, seq: number) {
  const entries: Entry[] = [];
  for (let before = seq + 1; ; ) {
    const rows = await store.codeEvents(sessionId, { after, before, limit: PAGE });
    for (const row of rows) {
      const entry = toEntry(row);
      if (!entry) return { floor: row.seq, entries };
      entries.unshift(entry);
      before = row.seq;
    }
    if (rows.length < PAGE) return { floor: after, entries };
    if (firstKept(entries) > 0) return { floor: before - 1, entries };
  }
}

/** Returns null for an event from before there were edits, which changed the code. */
function toEntry(row: SessionEvent): Entry | null {
  const hasEdits = row.type === CODE_EDITED || row.data.includes('"edits":');
  if (!hasEdits) return null;
  const edits = editsOf(row);
  return { seq: row.seq, edits, characters: EVENT_CHARACTERS + lengthOf(edits) };
}

function lengthOf(edits: readonly CodeEdit[]): number {
  return edits.reduce(
    (sum, { changes, update }) =>
      sum + update.length + changes.reduce((n, { insert }) => n + CHANGE_CHARACTERS + insert.length, 0),
    0,
  );
}
