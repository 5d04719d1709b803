import { LRUCache } from 'lru-cache';
import { LiveDocument } from './live-document.ts';
import { RecentEdits } from './recent-edits.ts';

/** About how many bytes of documents are kept while nobody is connected to them. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The Yjs documents on this instance, by the session's id. */
export class LiveDocuments {
  readonly recentEdits = new RecentEdits();
  readonly #connected = new Map<string, LiveDocument>();
  readonly #others = new LRUCache<string, LiveDocument>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ bytes }) => bytes,
  });

  /** Returns the document of a session. */
  of(sessionId: string): LiveDocument {
    const connected = this.#connected.get(sessionId);
    if (connected) return connected;
    const document = this.#others.get(sessionId) ?? new LiveDocument(sessionId);
    // Its size has changed since it was set.
    this.#others.set(sessionId, document);
    return document;
  }

  /** Keeps the document of a session until the returned function is called: somebody is connected to it. */
  hold(sessionId: string): () => void {
    const document = this.of(sessionId);
    this.#connected.set(sessionId, document);
    this.#others.delete(sessionId);
    return () => {
      if (this.#connected.get(sessionId) !== document) return;
      this.#connected.delete(sessionId);
      this.#others.set(sessionId, document);
    };
  }
}
