import { LRUCache } from 'lru-cache';
import { LiveDocument } from './live-document.ts';
import { RecentEdits } from './recent-edits.ts';

/** The most documents that are kept while nobody is connected to them. */
const MAX_KEPT = 500;

/** The Yjs documents on this instance, by the session's id. */
export class LiveDocuments {
  readonly recentEdits = new RecentEdits();
  readonly #connected = new Map<string, LiveDocument>();
  readonly #others = new LRUCache<string, LiveDocument>({ max: MAX_KEPT });

  /** Returns the document of a session. */
  of(sessionId: string): LiveDocument {
    const known = this.#connected.get(sessionId) ?? this.#others.get(sessionId);
    if (known) return known;
    const document = new LiveDocument(sessionId);
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
