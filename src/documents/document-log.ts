import { SYSTEM } from '../access/caller.ts';
import { decide, type Permit } from '../access/decide.ts';
import type { AppContext } from '../app.ts';
import { actorOf, NO_ACTOR } from '../events/actor.ts';
import { requireUser, type SessionState } from '../events/state.ts';
import { lineFeedEdit } from '../text/line-endings.ts';
import { changeCode, readDocument, storeCheckpoint } from './change.ts';
import { DocumentFollower } from './document-follower.ts';
import { flush, type Outcome, type PendingChange } from './flush.ts';
import type { LiveDocument } from './live-document.ts';
import type { ClientUpdate, DocumentLog } from './participant.ts';
import { TypingUsers } from './typing-users.ts';
import { readMissing } from './updates.ts';

interface Waiting extends ClientUpdate {
  resolve(outcome: 'committed' | 'incomplete'): void;
  reject(error: unknown): void;
}

/** An update was refused when it was partly in the document. */
class RefusedLateError extends Error {
  readonly index: number;
  readonly error: unknown;

  constructor(index: number, error: unknown) {
    super('An update was refused late', { cause: error });
    this.index = index;
    this.error = error;
  }
}

/** The document of a session, for the connections to it on this instance. */
export class SessionDocumentLog implements DocumentLog {
  readonly #app: AppContext;
  readonly #sessionId: string;
  readonly #typing: TypingUsers;
  readonly #release: () => void;
  readonly opened: Promise<DocumentFollower>;
  #waiting: Waiting[] = [];
  #isBusy = false;

  constructor(app: AppContext, sessionId: string) {
    this.#app = app;
    this.#sessionId = sessionId;
    this.#typing = new TypingUsers(app.presence, sessionId);
    this.#release = app.documents.hold(sessionId);
    this.opened = this.#start();
  }

  async vector(): Promise<Uint8Array> {
    await this.opened;
    return readDocument(this.#app, await this.#permit(), (document) => document.stateVector());
  }

  async missing(vector: Uint8Array): Promise<Uint8Array> {
    await this.opened;
    return (await readMissing(this.#app, await this.#permit(), vector)).update;
  }

  /** Commits what waits, when the commit before is done. */
  commit(update: ClientUpdate): Promise<'committed' | 'incomplete'> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...update, resolve, reject });
      if (!this.#isBusy) void this.#commitAll();
    });
  }

  close(): void {
    this.#typing.close();
    this.#app.background.waitUntil(this.#unload());
  }

  async #start(): Promise<DocumentFollower> {
    const [app, sessionId] = [this.#app, this.#sessionId];
    const session = await readDocument(app, await this.#permit(), (_document, session) => session);
    const toLineFeeds = () => this.#toLineFeeds();
    const follower = new DocumentFollower(app, { sessionId, epoch: session.epoch, toLineFeeds });
    // The session may have changed since the first connections were admitted.
    app.rooms.rightsChanged(session);
    await follower.start(session.seq);
    try {
      await toLineFeeds();
    } catch (error) {
      follower.close();
      throw error;
    }
    return follower;
  }

  /** Editors count lines by LF alone, and misplace edits in a text with CR. */
  async #toLineFeeds(): Promise<void> {
    await changeCode({ app: this.#app, caller: SYSTEM }, this.#sessionId, (session, { text }) => {
      const permit = decide(SYSTEM, 'EDIT', session);
      const changes = lineFeedEdit(text.text);
      const edits = changes.length > 0 ? [{ ...text.edit(changes), userId: null, id: null }] : [];
      return { permit, edits, result: () => {} };
    });
  }

  /** The document is the server's own. What is given of it was decided when its connections were admitted. */
  #permit(): Promise<Permit<'READ'>> {
    return this.#app.sessions.permit(SYSTEM, 'READ', this.#sessionId);
  }

  async #commitAll(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      this.#waiting = [];
      try {
        await this.opened;
        this.#settle(waiting, await this.#commit(waiting));
      } catch (error) {
        this.#fail(waiting, error);
      }
    }
    this.#isBusy = false;
  }

  #commit(waiting: readonly Waiting[]): Promise<readonly Outcome[]> {
    return changeCode({ app: this.#app, caller: SYSTEM }, this.#sessionId, (session, { yjs, live }) => {
      if (!yjs || !live) throw new Error('The document is not open');
      // Each update is decided about by itself.
      const permit = decide(SYSTEM, 'EDIT', session);
      const clients = new Map<number, string | null>();
      const { edits, outcomes } = flush(yjs, toChanges(session, waiting, live, clients), () => {
        throw new Error('A refused update is thrown before');
      });
      const first = waiting.find(({ userId }) => userId === edits[0]?.userId);
      const actor = first ? actorOf(first.caller, session) : NO_ACTOR;
      return { permit, edits, clients, actor, result: () => outcomes };
    });
  }

  #settle(waiting: readonly Waiting[], outcomes: readonly Outcome[]): void {
    this.#waiting = [...waiting.slice(outcomes.length), ...this.#waiting];
    for (const [i, outcome] of outcomes.entries()) {
      const one = waiting[i];
      if (outcome === 'incomplete') one?.resolve(outcome);
      else if ('error' in outcome) one?.reject(outcome.error);
      else {
        if (one?.userId && outcome.edit.changes.length > 0) this.#typing.add(one.userId);
        one?.resolve('committed');
      }
    }
  }

  #fail(waiting: readonly Waiting[], error: unknown): void {
    if (error instanceof RefusedLateError) {
      // The others are applied again, to a document without it.
      const { index } = error;
      waiting[index]?.reject(error.error);
      this.#waiting = [...waiting.filter((_, i) => i !== index), ...this.#waiting];
      return;
    }
    for (const { reject } of waiting) reject(error);
  }

  /** Stores a checkpoint, so that the next reader has nothing to catch up. */
  async #unload(): Promise<void> {
    const sessionId = this.#sessionId;
    try {
      (await this.opened).close();
      await storeCheckpoint(this.#app, await this.#permit());
    } catch (err) {
      this.#app.log.debug({ err, sessionId }, 'A document is left without a checkpoint');
    } finally {
      this.#release();
    }
  }
}

/** Adds the Yjs clients that insert for the first time to `clients`. */
function toChanges(
  session: SessionState,
  waiting: readonly Waiting[],
  live: LiveDocument,
  clients: Map<number, string | null>,
): PendingChange[] {
  return waiting.map(({ update, caller, userId }, index) => ({
    userId,
    id: null,
    apply: (document) => {
      decide(caller, 'EDIT', session);
      if (userId !== null) requireUser(session, userId);
      const claimed = new Map(clients);
      try {
        const edit = document.merge(update, (ids) => live.claim(ids, userId, claimed));
        if (edit) for (const [id, owner] of claimed) clients.set(id, owner);
        return edit;
      } catch (error) {
        if (document.isDamaged) throw new RefusedLateError(index, error);
        throw error;
      }
    },
  }));
}
