import type { CommandContext } from '../app.ts';
import { InvalidInputError, SessionNotFoundError } from '../errors.ts';
import { actorOf } from '../events/actor.ts';
import { changeSession, storeSession } from '../events/append.ts';
import { SessionDeleted } from '../events/deleted.ts';
import { type CodeEdit, NO_UPDATE } from '../events/edits.ts';
import { draft } from '../events/event.ts';
import { SessionCreated } from '../events/session-events.ts';
import { sessionUpdate } from '../events/session-update.ts';
import { SESSION_FIELDS, type SessionState } from '../events/state.ts';
import { newSessionId } from '../ids.ts';
import { LANGUAGES } from '../languages.ts';
import { diffTexts } from '../text/whole-text.ts';
import type { CreateSessionInput, UpdateSessionInput } from './model.ts';

/** Creates a session. */
export async function createSession(
  context: CommandContext,
  input: CreateSessionInput,
): Promise<SessionState> {
  const now = new Date();
  const language = input.language ?? 'JAVASCRIPT';
  const session: SessionState = {
    id: newSessionId(),
    code: input.code ?? LANGUAGES[language].starterCode,
    language,
    codeSeq: 1,
    epoch: 0,
    editSize: 0,
    status: 'ACTIVE',
    seq: 1,
    createdAt: now,
    updatedAt: now,
    users: [],
  };
  await storeSession(context, session, draft(SessionCreated, { session }));
  return session;
}

/** Returns the session with its users. Throws SessionNotFoundError. */
export async function getSession({ app }: CommandContext, id: string): Promise<SessionState> {
  const session = await app.sessions.current(id);
  if (!session) throw new SessionNotFoundError(id);
  return session;
}

/**
 * Sets what is given; a change to what it is already records no event. Returns the session after it.
 * Throws SessionNotFoundError, and InvalidInputError when nothing is given.
 */
export async function updateSession(
  context: CommandContext,
  id: string,
  input: UpdateSessionInput,
): Promise<SessionState> {
  const after = await changeSession(context, id, (before) => {
    if (SESSION_FIELDS.every((field) => input[field] == null)) {
      throw new InvalidInputError('body', 'At least one of code, language and status must be given');
    }
    const wanted = {
      code: input.code ?? before.code,
      language: input.language ?? before.language,
      status: input.status ?? before.status,
    };
    if (SESSION_FIELDS.every((field) => wanted[field] === before[field]))
      return { event: null, result: null };
    const edits: CodeEdit[] = [];
    if (wanted.code !== before.code) {
      const changes = diffTexts(before.code, wanted.code);
      edits.push({ userId: actorOf(context.caller, before), id: null, changes, update: NO_UPDATE });
    }
    const { session, event } = sessionUpdate(before, wanted, { edits, isWholeText: true });
    return { event, result: session };
  });
  return after ?? getSession(context, id);
}

/** Deletes a session and all that hangs on it, and ends its streams. Throws SessionNotFoundError. */
export async function deleteSession(context: CommandContext, id: string): Promise<void> {
  await changeSession(context, id, () => ({ event: draft(SessionDeleted, {}), result: undefined }));
}
