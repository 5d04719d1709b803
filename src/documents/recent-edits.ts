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
/** About how many characters of edits are kept, of all sessions. */
const MAX_CHARACTERS = 32 * 1024 * 1024;

interface Entry {
  readonly seq: number;
  readonly edits: readonly CodeEdit[];
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

  constructor(seq: number, floor: number, entries: readonly Entry[]) {
    this.seq = seq;
    this.#floor = floor;
    this.#entries = entries;
  }

  get size(): number {
    return (
      1_000 + 200 * this.#entries.length + this.#entries.reduce((sum, { edits }) => sum + lengthOf(edits), 0)
    );
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

  /** Returns the history up to a later event, from the rows since, the newest first. */
  extended(seq: number, rows: readonly SessionEvent[]): EditHistory {
    const added = rows.map(toEntry);
    const barrier = added.find(({ edits }) => edits === null)?.seq ?? 0;
    const fresh = added.flatMap(({ seq: at, edits }) => (edits && at > barrier ? { seq: at, edits } : []));
    const all = [...(barrier > 0 ? [] : this.#entries), ...fresh.reverse()];
    const entries = all.slice(-MAX_EVENTS);
    const isCut = all.length > MAX_EVENTS || rows.length === MAX_EVENTS;
    const floor = isCut ? (entries[0]?.seq ?? seq + 1) - 1 : this.#floor;
    return new EditHistory(seq, Math.max(floor, barrier, this.#floor), entries);
  }
}

/** The latest edits of sessions, over which edits with an older base are moved. */
export class RecentEdits {
  readonly #histories = new LRUCache<string, EditHistory>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: ({ size }) => size,
  });

  /** Returns the latest edits of a session up to an event. */
  async upTo(store: SessionStore, sessionId: string, seq: number): Promise<EditHistory> {
    const kept = this.#histories.get(sessionId);
    if (kept?.seq === seq) return kept;
    const known = kept && kept.seq < seq ? kept : new EditHistory(0, 1, []);
    const rows = await store.codeEvents(sessionId, { after: known.seq, before: seq + 1, limit: MAX_EVENTS });
    const history = known.extended(seq, rows);
    this.#histories.set(sessionId, history);
    return history;
  }
}

function lengthOf(edits: readonly CodeEdit[]): number {
  return edits.reduce(
    (sum, { changes, update }) =>
      sum + update.length + changes.reduce((n, { insert }) => n + insert.length, 0),
    0,
  );
}

/** `edits` is null for an event from before there were edits, which changed the code. */
function toEntry(row: SessionEvent): { seq: number; edits: readonly CodeEdit[] | null } {
  const hasEdits = row.type === CODE_EDITED || row.data.includes('"edits":');
  return { seq: row.seq, edits: hasEdits ? editsOf(row) : null };
}
