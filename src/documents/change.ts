import { SYSTEM } from '../access/caller.ts';
import { decide, type Permit } from '../access/decide.ts';
import type { AppContext, CommandContext } from '../app.ts';
import { isRefused } from '../database/errors.ts';
import { AppError } from '../errors.ts';
import type { ActorReference } from '../events/actor.ts';
import { ContendedSessionError, changeSession, type Decision, MAX_ATTEMPTS } from '../events/append.ts';
import type { CodeEdit } from '../events/edits.ts';
import { changedFields, sessionUpdate, type WantedFields } from '../events/session-update.ts';
import type { SessionState } from '../events/state.ts';
import { applyEdit, type Edit } from '../text/text-change.ts';
import type { CommittedEdit } from './flush.ts';
import { DamagedDocumentError, type LiveDocument, OutOfDateError } from './live-document.ts';
import { EMPTY_UPDATE, firstState, requireSize, type YjsDocument } from './yjs-document.ts';

/** A text that edits change. Throws DocumentTooLargeError. */
export type EditableText = Pick<YjsDocument, 'text' | 'edit'>;

/** What is decided of a session's code, and of the rest that an update can change. */
export interface CodeDecision<Result> {
  readonly permit: Permit<'EDIT'> | Permit<'CONTROL'>;
  /** What was done to the text. */
  readonly edits: readonly CommittedEdit[];
  /** The Yjs clients that have inserted for the first time, and their users. */
  readonly clients?: ReadonlyMap<number, string | null>;
  readonly wanted?: WantedFields;
  /** Whether a client has sent the whole text. */
  readonly isWholeText?: boolean;
  /** Who did it, where it is not the caller. */
  readonly actor?: ActorReference;
  /** Makes the result of the session after the change; null where nothing has changed. */
  result(after: SessionState | null): Result;
}

/** The texts that `decideOn` gets. The last two are null while nobody has opened the Yjs document of the session. */
export interface Texts {
  readonly text: EditableText;
  readonly yjs: YjsDocument | null;
  /** Knows whose Yjs clients insert into it. */
  readonly live: LiveDocument | null;
}

/**
 * Makes one change to the code of a session: `decideOn` gets the session, with the number of the change, and its text,
 * and edits that. Otherwise as `changeSession`.
 */
export async function changeCode<Result>(
  context: CommandContext,
  sessionId: string,
  decideOn: (session: SessionState, texts: Texts) => Promise<CodeDecision<Result>> | CodeDecision<Result>,
): Promise<Result> {
  const { app } = context;
  const attempt = () =>
    changeSession(context, sessionId, async (before): Promise<Decision<Result>> => {
      if (before.epoch === 0) {
        return toDecision(
          before,
          null,
          await decideOn(before, { text: new PlainText(before.code), yjs: null, live: null }),
        );
      }
      const live = app.documents.of(sessionId);
      const yjs = await live.take(app, before, before.seq - 1);
      let decided: CodeDecision<Result>;
      try {
        decided = await decideOn(before, { text: yjs, yjs, live });
      } catch (error) {
        // What refuses an edit has changed nothing.
        if (error instanceof AppError && !yjs.isDamaged) live.giveBack(yjs);
        throw error;
      }
      // The document is edited now: it is given back when the edits are committed, else it is made again.
      const { edits } = decided;
      const decision = toDecision(before, yjs, decided);
      if (!decision.event) live.giveBack(yjs);
      return {
        ...decision,
        onCommitted: (seq) => live.giveBackEdited(yjs, seq, edits, decision.document?.clients),
      };
    });
  return orReset(app, sessionId, () => orReload(app, sessionId, attempt));
}

/**
 * Runs an action, again with the document as it is stored if the database refuses the change: a Yjs client may have
 * inserted first over another instance, which this one has not read.
 */
function orReload<Result>(
  { documents }: AppContext,
  sessionId: string,
  attempt: () => Promise<Result>,
): Promise<Result> {
  return orAfter(isRefused, () => documents.of(sessionId).forget(), attempt);
}

/** Runs an action, and once more after `mend` if `isMendable` says so of its error. */
async function orAfter<Result>(
  isMendable: (error: unknown) => boolean,
  mend: () => Promise<void> | void,
  attempt: () => Promise<Result>,
): Promise<Result> {
  try {
    return await attempt();
  } catch (error) {
    if (!isMendable(error)) throw error;
  }
  await mend();
  return attempt();
}

function toDecision<Result>(
  before: SessionState,
  yjs: YjsDocument | null,
  { permit, edits, clients, wanted = {}, isWholeText = false, actor, result }: CodeDecision<Result>,
): Decision<Result> {
  if (edits.length === 0 && changedFields(before, wanted).length === 0) {
    return { permit, event: null, result: result(null) };
  }
  const coded = edits.map(toCodeEdit);
  const code = edits.reduce((text, { changes }) => applyEdit(text, changes), before.code);
  const { session, event, isCheckpoint } = sessionUpdate(
    before,
    { ...wanted, code },
    { edits: coded, isWholeText },
  );
  if (isCheckpoint && yjs && !yjs.isIntact()) throw new DamagedDocumentError();
  const rows = [...(clients ?? [])].map(([id, userId]) => ({
    sessionId: before.id,
    clientId: String(id),
    epoch: before.epoch,
    userId,
  }));
  return {
    permit,
    event,
    ...(actor !== undefined && { actor }),
    document: yjs && { state: isCheckpoint ? yjs.state() : null, clients: rows },
    result: result(session),
  };
}

function toCodeEdit({ update, ...edit }: CommittedEdit): CodeEdit {
  return { ...edit, update: Buffer.from(update).toString('base64') };
}

/** A text of which nobody has opened a Yjs document: edits of it need no update. */
class PlainText implements EditableText {
  text: string;

  constructor(text: string) {
    this.text = text;
  }

  edit(changes: Edit) {
    const text = applyEdit(this.text, changes);
    requireSize(text);
    this.text = text;
    return { changes, update: EMPTY_UPDATE };
  }
}

/**
 * Reads the Yjs document of a session with every change that was acknowledged before this call. Opens it if nobody has.
 * Throws SessionNotFoundError.
 */
export function readDocument<Result>(
  app: AppContext,
  { sessionId }: Permit<'READ'>,
  read: (document: YjsDocument, session: SessionState, live: LiveDocument) => Result,
): Promise<Result> {
  const attempt = () =>
    app.writers.run(sessionId, async () => {
      const { document, session, live } = await takeLatest(app, sessionId);
      live.giveBack(document);
      return read(document, session, live);
    });
  return orReset(app, sessionId, attempt);
}

/** Takes the document of a session out, as the session is now. */
async function takeLatest(app: AppContext, sessionId: string) {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const session = await openDocument(app, sessionId);
    const live = app.documents.of(sessionId);
    try {
      return { document: await live.take(app, session, session.seq), session, live };
    } catch (error) {
      if (!(error instanceof OutOfDateError)) throw error;
    }
  }
  throw new ContendedSessionError();
}

/** Returns a session whose Yjs document is open. */
async function openDocument(app: AppContext, sessionId: string): Promise<SessionState> {
  const { sessions, store } = app;
  for (;;) {
    const { session } = await sessions.read(SYSTEM, 'READ', sessionId);
    if (session.epoch > 0) return session;
    const { seq, code } = session;
    const checkpoint = { sessionId, seq, epoch: 0, newEpoch: 1, code, state: firstState(code, 1) };
    if (await store.checkpoint(checkpoint)) {
      const opened = { ...session, epoch: 1, codeSeq: seq };
      sessions.put(opened);
      return opened;
    }
    sessions.forget(sessionId);
  }
}

/** Stores the text and the Yjs document of a session, so that the next reader has no edits to catch up. */
export async function storeCheckpoint(app: AppContext, permit: Permit<'READ'>): Promise<void> {
  const { sessionId } = permit;
  const { seq, codeSeq, epoch, code, state } = await readDocument(app, permit, (document, session) => {
    if (!document.isIntact()) throw new DamagedDocumentError();
    return { ...session, state: document.state() };
  });
  if (codeSeq < seq) await app.store.checkpoint({ sessionId, seq, epoch, newEpoch: epoch, code, state });
}

/** Runs an action, again in a new epoch of the document if the stored one is damaged. */
function orReset<Result>(
  app: AppContext,
  sessionId: string,
  attempt: () => Promise<Result>,
): Promise<Result> {
  const reset = () => {
    app.log.error({ sessionId }, 'The Yjs document of a session differs from its log: a new one begins');
    return resetDocument(app, sessionId);
  };
  return orAfter((error) => error instanceof DamagedDocumentError, reset, attempt);
}

/** Begins a new epoch of a document, unless another instance was first. Its event tells the others. */
async function resetDocument(app: AppContext, sessionId: string): Promise<void> {
  await changeSession({ app, caller: SYSTEM }, sessionId, async (before) => {
    const permit = decide(SYSTEM, 'EDIT', before);
    const live = app.documents.of(sessionId);
    try {
      live.giveBack(await live.take(app, before, before.seq - 1));
      return { permit, event: null, result: undefined };
    } catch (error) {
      if (!(error instanceof DamagedDocumentError)) throw error;
    }
    const epoch = before.epoch + 1;
    const { session, event } = sessionUpdate({ ...before, epoch, codeSeq: before.seq }, {}, { edits: [] });
    return {
      permit,
      event,
      document: { state: firstState(session.code, epoch), clients: [] },
      result: undefined,
    };
  });
}
