import { type Caller, callerOf, NOBODY } from '../access/caller.ts';
import { decide, mayAct, type Permit } from '../access/decide.ts';
import type { AppContext, CommandContext } from '../app.ts';
import {
  EditRefusedError,
  ForbiddenError,
  InvalidInputError,
  SessionNotFoundError,
  UnauthenticatedError,
} from '../errors.ts';
import { authorOf, memberAsActor } from '../events/actor.ts';
import { readState } from '../events/log.ts';
import type { WantedFields } from '../events/session-update.ts';
import { requireUser, type SessionState } from '../events/state.ts';
import { withLineFeeds } from '../text/line-endings.ts';
import { type Edit, rebaseEdit } from '../text/text-change.ts';
import { diffTexts } from '../text/whole-text.ts';
import { changeCode, readDocument } from './change.ts';
import type { Admission, Shown } from './document-socket.ts';
import type { EditInput } from './model.ts';

/**
 * Returns what the client at an address may do with the document of a session. Throws UnauthenticatedError,
 * TooManyFailuresError, ForbiddenError, SessionNotFoundError and UserNotFoundError.
 */
export async function admit(
  app: AppContext,
  sessionId: string,
  shown: Shown,
  address: string,
): Promise<Admission> {
  const caller = await callerOfDocument(app, sessionId, shown, address);
  const { session, permit } = await app.sessions.read(caller, 'READ', sessionId);
  const canEdit = mayAct(caller, 'EDIT', session);
  if (!caller.user) return { permit, caller, user: null, canEdit };
  const { id, name, color } = requireUser(session, caller.user.userId);
  return { permit, caller, user: { id, name, color }, canEdit };
}

async function callerOfDocument(
  { config, authenticator }: AppContext,
  sessionId: string,
  { token, userId }: Shown,
  address: string,
): Promise<Caller> {
  if (config.ACCESS === 'open' && (token === null || token === userId)) {
    return userId === null ? NOBODY : { ...NOBODY, user: { sessionId, userId } };
  }
  if (token === null) throw new UnauthenticatedError();
  return callerOf(await authenticator.identify(token, 'stream', address));
}

/** Returns the author of an edit that names its user: where there is a credential, nobody but the user that it is of. */
function namedAuthor(caller: Caller, session: SessionState, named: string | null): string | null {
  if (caller.identity.kind === 'ANONYMOUS') return named === null ? null : requireUser(session, named).id;
  const author = authorOf(caller, session);
  if (named !== null && named !== author) throw new ForbiddenError();
  return author;
}

/** Decides whether the caller may change these fields of a session, as it is now. */
export function decideToUpdate(
  caller: Caller,
  session: SessionState,
  { code, language, ...control }: Partial<SessionState>,
): Permit<'EDIT'> | Permit<'CONTROL'> {
  const isControl = Object.keys(control).length > 0;
  if (isControl && code === undefined && language === undefined) return decide(caller, 'CONTROL', session);
  const permit = decide(caller, 'EDIT', session);
  return isControl ? decide(caller, 'CONTROL', session) : permit;
}

/** A whole text, and the rest that changes with it. */
export interface WholeText extends WantedFields {
  readonly code: string;
  /** The number of the text that was changed into this one: what others have done since stays. */
  readonly baseSeq?: number | null | undefined;
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
    const permit = decideToUpdate(context.caller, before, { code, ...wanted });
    const whole = app.rooms.has(sessionId) ? withLineFeeds(code) : code;
    const changes =
      baseSeq == null
        ? diffTexts(text.text, whole)
        : await rebasedText(context, before, { base: baseSeq, code: whole, text: text.text });
    const edit = { userId: authorOf(context.caller, before), id: null };
    const edits = changes.length > 0 ? [{ ...text.edit(changes), ...edit }] : [];
    return { permit, edits, wanted, isWholeText: true, result: (after) => after };
  });
}

async function rebasedText(
  { app: { store, documents }, caller }: CommandContext,
  session: SessionState,
  { base, code, text }: { readonly base: number; readonly code: string; readonly text: string },
): Promise<Edit> {
  const { id, seq } = session;
  const later = (await documents.recentEdits.upTo(store, id, seq - 1)).after(base);
  if (later.length === 0) return diffTexts(text, code);
  const old = await readState(store, decide(caller, 'READ', session), base);
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
  { userId: named = null, id, base, changes }: EditInput,
): Promise<EditResult> {
  const { app, caller } = context;
  const outcome = await changeCode(context, sessionId, async (before, { text }) => {
    const permit = decide(caller, 'EDIT', before);
    const userId = namedAuthor(caller, before, named);
    const history = await app.documents.recentEdits.upTo(app.store, sessionId, before.seq - 1);
    const known = history.find(userId, id);
    if (known) return { permit, edits: [], result: () => ({ ...known, session: null }) };
    const wanted = app.rooms.has(sessionId) ? changes.map(toLineFeeds) : changes;
    const rebased = withoutNothing(rebaseEdit(wanted, history.after(base), text.text));
    const edits = rebased.length > 0 ? [{ ...text.edit(rebased), userId, id }] : [];
    return {
      permit,
      edits,
      ...(userId !== null && { actor: memberAsActor(userId, before) }),
      result: (session) => ({ session, seq: before.seq - (session ? 0 : 1), changes: rebased }),
    };
  });
  const session = outcome.session ?? (await sessionAt(context, sessionId, outcome.seq));
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
  {
    userId: named = null,
    update,
  }: { readonly userId?: string | null | undefined; readonly update: Uint8Array },
): Promise<SessionState> {
  const { app, caller } = context;
  await readDocument(app, await app.sessions.permit(caller, 'READ', sessionId), () => {});
  const after = await changeCode(context, sessionId, (before, { yjs, live }) => {
    const permit = decide(caller, 'EDIT', before);
    const userId = namedAuthor(caller, before, named);
    if (!yjs || !live) throw new Error('The document is not open');
    const clients = new Map<number, string | null>();
    const edit = yjs.merge(update, (ids) => live.claim(ids, userId, clients));
    if (!edit) throw new EditRefusedError('it refers to something that the document has not');
    const edits = edit.update.length > 2 ? [{ ...edit, userId, id: null }] : [];
    return {
      permit,
      edits,
      clients,
      ...(userId !== null && { actor: memberAsActor(userId, before) }),
      result: (session) => session,
    };
  });
  return after ?? (await app.sessions.read(caller, 'READ', sessionId)).session;
}

/** Returns a session as it was after an event, null when there is no such session. Throws InvalidInputError for no event. */
export async function sessionAt(
  { app, caller }: CommandContext,
  sessionId: string,
  seq: number,
): Promise<SessionState | null> {
  const session = await app.sessions.find(caller, sessionId);
  if (!session) return null;
  const state = seq > session.seq ? null : await readState(app.store, decide(caller, 'READ', session), seq);
  if (!state) throw new InvalidInputError('at', `at must be from 1 to ${session.seq}, the latest event`);
  return state;
}
