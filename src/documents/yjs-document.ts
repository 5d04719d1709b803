import * as Y from 'yjs';
import { DocumentTooLargeError, EditRefusedError } from '../errors.ts';
import { applyEdit, type Edit, type TextChange } from '../text/text-change.ts';
import { CODE_LIMIT } from '../validation.ts';
import { countItems, findNews, integrate, type News } from './yjs-checks.ts';
import { ROOT } from './yjs-update.ts';

/** What an edit does, for clients of both kinds. */
export interface AppliedEdit {
  /** To the text. */
  readonly changes: Edit;
  /** To a Yjs document. It holds only what was new, as Yjs encodes it. */
  readonly update: Uint8Array;
}

/** The longest state vector that is read, in bytes. */
const MAX_VECTOR_LENGTH = 64 * 1024;

/** About what an item of Yjs takes, its text aside. */
const ITEM_BYTES = 200;

/**
 * Returns the first Yjs state of a text, the same bytes everywhere. The client id of the server, which inserts it, is
 * the epoch. With another text, a document needs another epoch: clients take equal ids for equal text.
 */
export function firstState(text: string, epoch: number): Uint8Array {
  const doc = new Y.Doc();
  doc.clientID = epoch;
  doc.getText(ROOT).insert(0, text);
  return Y.encodeStateAsUpdate(doc);
}

/**
 * A text and its Yjs document, which merges edits. The edits of the server (of clients without Yjs) are all inserted
 * under one client id, the epoch. That is safe with several instances because they are numbered by the log: an
 * instance that has applied an edit whose append loses must throw the document away and make it again from the log,
 * unless it can append the same edit after events that changed no text.
 */
export class YjsDocument {
  readonly epoch: number;
  // Without a `guid` Yjs makes one of random bytes, which takes longer than all the rest.
  readonly #doc = new Y.Doc({ guid: ROOT });
  readonly #shared = this.#doc.getText(ROOT);
  #text: string;
  #isDamaged = false;

  /** `text` is what the log says, `state` the Yjs state of it. */
  constructor(epoch: number, state: Uint8Array, text: string) {
    this.epoch = epoch;
    this.#text = text;
    // Yjs gives a document another client id when somebody else inserts under its own one; nobody does under 0.
    this.#doc.clientID = 0;
    Y.applyUpdate(this.#doc, state);
  }

  get text(): string {
    return this.#text;
  }

  /** About how much memory it takes: the text is there twice. */
  get bytes(): number {
    return ITEM_BYTES * countItems(this.#doc) + 4 * this.#text.length;
  }

  /** Whether a refused edit is partly in the document, which must then be made again from the log. */
  get isDamaged(): boolean {
    return this.#isDamaged;
  }

  /** Returns whether the Yjs document has the text of the log. Reads all of it. */
  isIntact(): boolean {
    const { pendingStructs, pendingDs } = this.#doc.store;
    return !pendingStructs && !pendingDs && this.#shared.toString() === this.#text;
  }

  /** Applies an edit that fits the text (`rebaseEdit`) as the server. Throws DocumentTooLargeError. */
  edit(changes: Edit): AppliedEdit {
    const text = applyEdit(this.#text, changes);
    requireSize(text);
    const update = this.#updateOf(() => {
      this.#doc.clientID = this.epoch;
      try {
        this.#doc.transact(() => {
          for (const change of [...changes].reverse()) this.#change(change);
        });
      } finally {
        this.#doc.clientID = 0;
      }
    });
    this.#text = text;
    return { changes, update };
  }

  #change({ at, delete: length, insert }: TextChange): void {
    if (length > 0) this.#shared.delete(at, length);
    this.#shared.insert(at, insert);
  }

  /** Returns what is new in an update of a client. Throws EditRefusedError; changes nothing. */
  inspect(update: Uint8Array): Pick<News, 'clients' | 'isIncomplete'> {
    return findNews(this.#doc, update);
  }

  /**
   * Merges an update of a client. Returns null if it is incomplete: it changes nothing then. Throws EditRefusedError
   * or DocumentTooLargeError; look at `isDamaged` then. `allow` gets the Yjs clients that insert, and throws what it
   * does not allow, before anything is changed.
   */
  merge(update: Uint8Array, allow: (clients: readonly number[]) => void = () => {}): AppliedEdit | null {
    const news = findNews(this.#doc, update);
    if (news.isIncomplete) return null;
    allow(news.clients);
    let changes: Edit = [];
    const observe = (event: Y.YTextEvent) => {
      changes = toEdit(event.delta);
    };
    this.#shared.observe(observe);
    try {
      const applied = this.#updateOf(() => this.#integrate(news));
      const text = applyEdit(this.#text, changes);
      requireSize(text);
      this.#text = text;
      return { changes, update: applied };
    } catch (error) {
      this.#isDamaged = true;
      throw error;
    } finally {
      this.#shared.unobserve(observe);
    }
  }

  #integrate(news: News): void {
    Y.transact(this.#doc, (transaction) => integrate(transaction, this.#shared, news), null, false);
  }

  /** Applies edits of the log, one after the other. In one transaction, because each would cost more than its edit. */
  applyCommitted(edits: readonly AppliedEdit[]): void {
    this.#doc.transact(() => {
      for (const { update } of edits) Y.applyUpdate(this.#doc, update);
    });
    this.#text = edits.reduce((text, { changes }) => applyEdit(text, changes), this.#text);
  }

  stateVector(): Uint8Array {
    return Y.encodeStateVector(this.#doc);
  }

  /** Returns what a document with this state vector lacks; without one, the whole state. Throws EditRefusedError. */
  state(vector?: Uint8Array): Uint8Array {
    if (!vector) return Y.encodeStateAsUpdate(this.#doc);
    if (vector.length > MAX_VECTOR_LENGTH) throw new EditRefusedError('the state vector is too long');
    try {
      return Y.encodeStateAsUpdate(this.#doc, vector);
    } catch {
      throw new EditRefusedError('the state vector is malformed');
    }
  }

  /** Returns the update of what `change` does, which is empty if it does nothing. */
  #updateOf(change: () => void): Uint8Array {
    let result: Uint8Array = EMPTY_UPDATE;
    const keep = (update: Uint8Array) => {
      result = update;
    };
    this.#doc.on('update', keep);
    try {
      change();
    } finally {
      this.#doc.off('update', keep);
    }
    return result;
  }
}

/** The update that changes nothing. */
export const EMPTY_UPDATE = new Uint8Array([0, 0]);

/** Throws DocumentTooLargeError for a text that is longer than a document can be. */
export function requireSize(text: string): void {
  // A UTF-16 unit takes at most 3 bytes.
  if (text.length * 3 > CODE_LIMIT && Buffer.byteLength(text) > CODE_LIMIT) {
    throw new DocumentTooLargeError(CODE_LIMIT);
  }
}

function toEdit(delta: Y.YTextEvent['delta']): Edit {
  const edit: TextChange[] = [];
  let at = 0;
  let open = { at, delete: 0, insert: '' };
  for (const part of delta) {
    if (part.retain) {
      if (open.delete || open.insert) edit.push(open);
      at = open.at + open.delete + part.retain;
      open = { at, delete: 0, insert: '' };
    }
    open.delete += part.delete ?? 0;
    if (typeof part.insert === 'string') open.insert += part.insert;
  }
  if (open.delete || open.insert) edit.push(open);
  return edit;
}
