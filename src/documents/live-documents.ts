import { LRUCache } from 'lru-cache';
import { LiveDocument } from './live-document.ts';
import { RecentEdits } from './recent-edits.ts';

/** About how many bytes of documents are kept while nobody is connected to them. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The Yjs documents on this instance, by the session's id. */
export class LiveDocuments {
  readonly recentEdits = new RecentEdits();
  readonly #held = new Map<string, { readonly document: LiveDocument; holders: number }>();
  readonly #others = new LRUCache<string, LiveDocument>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ bytes }) => bytes,
  });

  /** Returns the document of a session. */
  of(sessionId: string): LiveDocument {
    const held = this.#held.get(sessionId);
    if (held) return held.document;
    const document = this.#others.get(sessionId) ?? new LiveDocument(sessionId);
    // Its size has changed since it was set.
    this.#others.set(sessionId, document);
    return document;
  }

  /** Keeps the document of a session until the returned function is called, once: somebody is connected to it. */
  hold(sessionId: string): () => void {
    const held = this.#held.get(sessionId) ?? { document: this.of(sessionId), holders: 0 };
    held.holders += 1;
    this.#held.set(sessionId, held);
    this.#others.delete(sessionId);
    return () => {
      held.holders -= 1;
      if (held.holders > 0) return;
      this.#held.delete(sessionId);
      this.#others.set(sessionId, held.document);
    };
  }
}
