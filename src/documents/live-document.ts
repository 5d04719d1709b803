import type { AppContext } from '../app.ts';
import type { DocumentClient } from '../database/generated/client.ts';
import type { StoredDocument } from '../database/session-store.ts';
import { DocumentResetError, EditRefusedError, SessionNotFoundError } from '../errors.ts';
import type { CodeEdit } from '../events/edits.ts';
import { editsOf } from '../events/rows.ts';
import type { SessionState } from '../events/state.ts';
import { CommittedState } from './committed-state.ts';
import { MIN_CLIENT_ID } from './yjs-checks.ts';
import type { AppliedEdit, YjsDocument } from './yjs-document.ts';

/** The most Yjs clients that have ever inserted into one document. An editor is a new one each time it is loaded. */
const MAX_CLIENTS = 1_000;
/** What a document takes beside its text. */
const BASE_BYTES = 3_000;
/** If a document lacks more edits than this, it is made again. */
const MAX_MISSED = 200;

/** The stored Yjs document has another text than the log, which is right: a new epoch must begin. */
export class DamagedDocumentError extends Error {}

/** Another instance has changed the session since it was read: read it again. */
export class OutOfDateError extends Error {}

/** The Yjs document of one session on this instance, as the log has it after some event. */
export class LiveDocument {
  readonly #sessionId: string;
  /** Null while an edit of it is being committed, and until it is made again when that has failed. */
  #document: YjsDocument | null = null;
  #committed: CommittedState | null = null;
  #seq = 0;
  #clients = new Map<number, string | null>();

  constructor(sessionId: string) {
    this.#sessionId = sessionId;
  }

  /** About how much memory it takes. */
  get bytes(): number {
    return BASE_BYTES + (this.#document?.bytes ?? 0) + (this.#committed?.bytes ?? 0);
  }

  /**
   * Takes the document out, to read or edit it: as the log has it after the event `seq`, with the session's text and
   * epoch. Give it back with `giveBack`, or with `giveBackEdited` when an edit of it is committed. Call it where no other change of
   * the session can come between. Throws SessionNotFoundError, DamagedDocumentError, and OutOfDateError.
   */
  async take(app: AppContext, { epoch, code }: SessionState, seq: number): Promise<YjsDocument> {
    if (this.#committed?.epoch === epoch) {
      if (this.#seq > seq) throw new OutOfDateError();
      await this.#catchUp(app, seq);
      const document = this.#document ?? this.#committed?.restore();
      this.#document = null;
      if (document?.text === code) return document;
    }
    const loaded = await this.#load(app, epoch, seq);
    if (loaded.text !== code) throw new DamagedDocumentError();
    return loaded;
  }

  /** Takes the document back as it was. */
  giveBack(document: YjsDocument): void {
    this.#document = document;
  }

  /** Takes the document back with edits that are committed as the event `seq`, and the clients that inserted first. */
  giveBackEdited(
    document: YjsDocument,
    seq: number,
    edits: readonly AppliedEdit[],
    clients: readonly DocumentClient[] = [],
  ): void {
    this.#document = document;
    // Who follows the log may have read the event there already.
    if (seq > this.#seq) this.#committed?.add(edits);
    this.#advanceTo(seq);
    for (const { clientId, userId } of clients) this.#clients.set(Number(clientId), userId);
  }

  /** Lets go of the document, to read it anew. */
  forget(): void {
    this.#document = null;
    this.#committed = null;
  }

  /** Applies the edits of an event that another instance has appended, if it is the next. */
  apply(seq: number, edits: readonly CodeEdit[]): void {
    if (seq === this.#seq + 1) this.#apply(seq, edits);
  }

  #apply(seq: number, edits: readonly CodeEdit[]): void {
    const applied = edits.map(toAppliedEdit);
    this.#document?.applyCommitted(applied);
    this.#committed?.add(applied);
    this.#advanceTo(seq);
  }

  #advanceTo(seq: number): void {
    this.#seq = seq;
    if (this.#document && this.#committed?.isLong) {
      const { epoch, text } = this.#document;
      this.#committed = new CommittedState(epoch, this.#document.state(), text);
    }
  }

  /** Throws DocumentResetError where some of these Yjs clients are those of an older epoch. */
  requireEpoch(ids: Iterable<number>, epoch: number): void {
    for (const id of ids) {
      const isOfServer = id < MIN_CLIENT_ID;
      if (isOfServer ? id !== epoch : this.#clients.get(id) === OUTDATED) throw new DocumentResetError();
    }
  }

  /** Lets a user insert under Yjs client ids. Adds the new ids to `added`. Throws EditRefusedError. */
  claim(ids: readonly number[], userId: string | null, added: Map<number, string | null>): void {
    const fresh = ids.filter((id) => {
      const owner = added.has(id) ? added.get(id) : this.#clients.get(id);
      if (owner === undefined) return true;
      if (owner !== userId) throw new EditRefusedError('it inserts as the client of another user');
      return false;
    });
    if (this.#clients.size + added.size + fresh.length > MAX_CLIENTS) {
      throw new EditRefusedError('the document has too many clients');
    }
    for (const id of fresh) added.set(id, userId);
  }

  /** Applies what other instances have appended up to the event `seq`. Lets go of a document that lacks too much. */
  async #catchUp({ store }: AppContext, seq: number): Promise<void> {
    if (this.#seq === seq) return;
    const range = { after: this.#seq, before: seq + 1, limit: MAX_MISSED };
    const missed = await store.codeEvents(this.#sessionId, range);
    if (missed.length < MAX_MISSED) this.#apply(seq, missed.reverse().flatMap(editsOf));
    else this.forget();
  }

  async #load({ store }: AppContext, epoch: number, seq: number): Promise<YjsDocument> {
    const stored = await store.document(this.#sessionId);
    if (!stored) throw new SessionNotFoundError(this.#sessionId);
    const { session, clients } = stored;
    if (session.seq !== seq || session.epoch !== epoch) throw new OutOfDateError();
    const committed = committedState(stored);
    const document = committed.restore();
    if (!document.isIntact()) throw new DamagedDocumentError();
    this.#document = null;
    this.#committed = committed;
    this.#seq = seq;
    // Those of older epochs keep their rows: nobody may insert under them any more.
    this.#clients = new Map(
      clients.map((row) => [Number(row.clientId), row.epoch === epoch ? row.userId : OUTDATED]),
    );
    return document;
  }
}

/** Is no id of a user. */
const OUTDATED = '';

/** Throws DamagedDocumentError. */
function committedState({ session, state, events }: StoredDocument): CommittedState {
  if (!state) throw new DamagedDocumentError();
  const committed = new CommittedState(session.epoch, state, session.code);
  committed.add(events.flatMap(editsOf).map(toAppliedEdit));
  return committed;
}

function toAppliedEdit({ changes, update }: CodeEdit): AppliedEdit {
  return { changes, update: Buffer.from(update, 'base64') };
}
