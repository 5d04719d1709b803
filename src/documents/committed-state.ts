import { type AppliedEdit, YjsDocument } from './yjs-document.ts';

/** The state is taken anew when the edits since take more than it, and more than this. */
const MIN_BYTES = 16 * 1024;
/** What an edit takes beside its update. */
const EDIT_BYTES = 400;

/** A document as it was committed. It is made of this again when an edit of it was not. */
export class CommittedState {
  readonly epoch: number;
  readonly #state: Uint8Array;
  readonly #text: string;
  readonly #edits: AppliedEdit[] = [];
  #editBytes = 0;

  /** `state` is the Yjs state of the text. */
  constructor(epoch: number, state: Uint8Array, text: string) {
    this.epoch = epoch;
    this.#state = state;
    this.#text = text;
  }

  /** About how much memory it takes. */
  get bytes(): number {
    return this.#state.length + 2 * this.#text.length + this.#editBytes;
  }

  /** Whether a new one takes less. */
  get isLong(): boolean {
    return this.#editBytes > Math.max(MIN_BYTES, this.#state.length);
  }

  /** Adds edits that were committed since. */
  add(edits: readonly AppliedEdit[]): void {
    for (const edit of edits) {
      this.#edits.push(edit);
      this.#editBytes += EDIT_BYTES + 2 * edit.update.length;
    }
  }

  /** Makes the document with all that was committed. */
  restore(): YjsDocument {
    const document = new YjsDocument(this.epoch, this.#state, this.#text);
    document.applyCommitted(this.#edits);
    return document;
  }
}
