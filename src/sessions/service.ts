import type { CommandContext } from '../app.ts';
import { InvalidInputError, SessionNotFoundError } from '../errors.ts';
import { changeSession, storeSession } from '../events/append.ts';
import { SessionDeleted } from '../events/deleted.ts';
import { draft } from '../events/event.ts';
import type { SessionState } from '../events/state.ts';
import { newSessionId } from '../ids.ts';
import { LANGUAGES } from '../languages.ts';
import { SessionCreated, SessionUpdated } from './events.ts';
import { type CreateSessionInput, SESSION_FIELDS, type UpdateSessionInput } from './model.ts';

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
    const changed = SESSION_FIELDS.filter((field) => wanted[field] !== before[field]);
    if (changed.length === 0) return { event: null, result: null };
    const session = { ...before, ...wanted };
    return { event: draft(SessionUpdated, { session, changed }), result: session };
  });
  return after ?? getSession(context, id);
}

/** Deletes a session and all that hangs on it, and ends its streams. Throws SessionNotFoundError. */
export async function deleteSession(context: CommandContext, id: string): Promise<void> {
  await changeSession(context, id, () => ({ event: draft(SessionDeleted, {}), result: undefined }));
}
