import type { AppContext, CommandContext } from '../app.ts';
import { EditRefusedError, InvalidInputError, SessionNotFoundError, UserNotFoundError } from '../errors.ts';
import { actorOf } from '../events/actor.ts';
import { readState } from '../events/log.ts';
import type { SessionState } from '../events/state.ts';
import { withLineFeeds } from '../text/line-endings.ts';
import { type Edit, rebaseEdit } from '../text/text-change.ts';
import { diffTexts } from '../text/whole-text.ts';
import { changeCode, readDocument } from './change.ts';
import type { Admission } from './document-socket.ts';
import type { EditInput } from './model.ts';

/**
 * Returns what a user may do with the document of a session; without a user, what everybody may. Throws
 * SessionNotFoundError and UserNotFoundError.
 */
export async function admit(app: AppContext, sessionId: string, userId: string | null): Promise<Admission> {
  const session = await app.sessions.current(sessionId);
  if (!session) throw new SessionNotFoundError(sessionId);
  if (userId === null) return { user: null, canEdit: true };
  const { id, name, color } = requireUser(session, userId);
  return { user: { id, name, color }, canEdit: true };
}

function requireUser({ users }: SessionState, userId: string) {
  const user = users.find(({ id }) => id === userId);
  if (!user) throw new UserNotFoundError(userId);
  return user;
}

/** A whole text, and the rest that changes with it. */
export interface WholeText {
  readonly code: string;
  /** The number of the text that was changed into this one: what others have done since stays. */
  readonly baseSeq?: number | null | undefined;
  readonly language?: SessionState['language'] | undefined;
  readonly status?: SessionState['status'] | undefined;
}

/**
 * Makes of a session's text the given one, merged as the difference, or with `baseSeq` only what the caller has changed
 * since. Returns the session after it, null where nothing has changed. Throws SessionNotFoundError, BaseOutsideLogError
 * and DocumentTooLargeError.
 */
export function writeCode(
  context: CommandContext,
  sessionId: string,
  { code, baseSeq, ...wanted }: WholeText,
): Promise<SessionState | null> {
  const { app } = context;
  return changeCode(context, sessionId, async (before, { text }) => {
    const whole = app.rooms.has(sessionId) ? withLineFeeds(code) : code;
    const changes =
      baseSeq == null
        ? diffTexts(text.text, whole)
        : await rebasedText(app, before, { base: baseSeq, code: whole, text: text.text });
    const edit = { userId: actorOf(context.caller, before), id: null };
    const edits = changes.length > 0 ? [{ ...text.edit(changes), ...edit }] : [];
    return { edits, wanted, isWholeText: true, result: (after) => after };
  });
}

async function rebasedText(
  { store, documents }: AppContext,
  { id, seq }: SessionState,
  { base, code, text }: { readonly base: number; readonly code: string; readonly text: string },
): Promise<Edit> {
  const later = (await documents.recentEdits.upTo(store, id, seq - 1)).after(base);
  if (later.length === 0) return diffTexts(text, code);
  const old = await readState(store, id, base);
  if (!old) throw new SessionNotFoundError(id);
  return withoutNothing(rebaseEdit(diffTexts(old.code, code), later, text));
}

/** Some changes are left with nothing to do when others did it before. */
function withoutNothing(edit: Edit): Edit {
  return edit.filter((change) => change.delete > 0 || change.insert !== '');
}

/** What became of an edit. */
export interface EditResult {
  /** The session after it. */
  readonly session: SessionState;
  readonly seq: number;
  /** The edit as it was applied. */
  readonly changes: Edit;
}

/**
 * Applies an edit that was made on the text after the event `base`, moved over the edits since. The same edit, by its
 * id, is applied once. Throws SessionNotFoundError, UserNotFoundError, InvalidInputError, BaseOutsideLogError and
 * DocumentTooLargeError.
 */
export async function editSession(
  context: CommandContext,
  sessionId: string,
  { userId = null, id, base, changes }: EditInput,
): Promise<EditResult> {
  const { app } = context;
  const outcome = await changeCode(context, sessionId, async (before, { text }) => {
    if (userId !== null) requireUser(before, userId);
    const history = await app.documents.recentEdits.upTo(app.store, sessionId, before.seq - 1);
    const known = history.find(userId, id);
    if (known) return { edits: [], result: () => ({ ...known, session: null }) };
    const wanted = app.rooms.has(sessionId) ? changes.map(toLineFeeds) : changes;
    const rebased = withoutNothing(rebaseEdit(wanted, history.after(base), text.text));
    const edits = rebased.length > 0 ? [{ ...text.edit(rebased), userId, id }] : [];
    return {
      edits,
      ...(userId !== null && { actor: userId }),
      result: (session) => ({ session, seq: before.seq - (session ? 0 : 1), changes: rebased }),
    };
  });
  const session = outcome.session ?? (await readState(app.store, sessionId, outcome.seq));
  if (!session) throw new SessionNotFoundError(sessionId);
  return { ...outcome, session };
}

function toLineFeeds(change: Edit[number]): Edit[number] {
  return { ...change, insert: withLineFeeds(change.insert) };
}

/**
 * Merges a Yjs update into the document of a session. Throws SessionNotFoundError, UserNotFoundError, EditRefusedError
 * and DocumentTooLargeError.
 */
export async function mergeDocument(
  context: CommandContext,
  sessionId: string,
  { userId = null, update }: { readonly userId?: string | null | undefined; readonly update: Uint8Array },
): Promise<SessionState> {
  const { app } = context;
  await readDocument(app, sessionId, () => {});
  const after = await changeCode(context, sessionId, (before, { yjs, live }) => {
    if (userId !== null) requireUser(before, userId);
    if (!yjs || !live) throw new Error('The document is not open');
    const clients = new Map<number, string | null>();
    const edit = yjs.merge(update, (ids) => live.claim(ids, userId, clients));
    if (!edit) throw new EditRefusedError('it refers to something that the document has not');
    const edits = edit.update.length > 2 ? [{ ...edit, userId, id: null }] : [];
    return { edits, clients, ...(userId !== null && { actor: userId }), result: (session) => session };
  });
  return after ?? app.sessions.require(sessionId);
}

/** Returns a session as it was after an event, null when there is no such session. Throws InvalidInputError for no event. */
export async function sessionAt(
  app: AppContext,
  sessionId: string,
  seq: number,
): Promise<SessionState | null> {
  const session = await app.sessions.current(sessionId);
  if (!session) return null;
  const state = seq > session.seq ? null : await readState(app.store, sessionId, seq);
  if (!state) throw new InvalidInputError('at', `at must be from 1 to ${session.seq}, the latest event`);
  return state;
}
