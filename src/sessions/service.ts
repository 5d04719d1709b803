import type { AppContext } from '../context.ts';
import { InvalidInputError, SessionNotFoundError } from '../errors.ts';
import { changeSession } from '../events/change.ts';
import { loadSession } from '../events/log.ts';
import { SESSION_FIELDS, type SessionEvent, type SessionState, toRow } from '../events/model.ts';
import { newSessionId } from '../ids.ts';
import { type CreateSessionInput, STARTER_CODE, type UpdateSessionInput } from './model.ts';

/** Creates a session and its first event. */
export async function createSession(app: AppContext, input: CreateSessionInput): Promise<SessionState> {
  const now = new Date();
  const language = input.language ?? 'JAVASCRIPT';
  const row = {
    id: newSessionId(),
    code: input.code ?? STARTER_CODE[language],
    language,
    status: 'ACTIVE' as const,
    seq: 1,
    createdAt: now,
    updatedAt: now,
  };
  const session: SessionState = { ...row, users: [] };
  const event: SessionEvent = {
    type: 'SessionCreated',
    session,
    sessionId: row.id,
    seq: 1,
    at: now,
    actor: null,
  };
  await app.db.$transaction([
    app.db.session.createMany({ data: row }),
    app.db.sessionEvent.createMany({ data: toRow(event) }),
  ]);
  return session;
}

/** The session with its users. Throws SessionNotFoundError. */
export async function getSession(app: AppContext, id: string): Promise<SessionState> {
  const session = await loadSession(app.db, id);
  if (!session) throw new SessionNotFoundError(id);
  return session;
}

/**
 * Sets what is given; a change to what it is already records no event. Answers the session after it.
 * Throws SessionNotFoundError, and InvalidInputError when nothing is given.
 */
export async function updateSession(
  app: AppContext,
  id: string,
  input: UpdateSessionInput,
): Promise<SessionState> {
  try {
    return await changeSession(app, id, async (tx, before) => {
      const wanted = {
        code: input.code ?? before.code,
        language: input.language ?? before.language,
        status: input.status ?? before.status,
      };
      const changed = SESSION_FIELDS.filter((field) => wanted[field] !== before[field]);
      if (changed.length === 0) throw new NothingToChange();
      await tx.session.updateMany({ where: { id }, data: wanted });
      const session = { ...before, ...wanted };
      return { event: { type: 'SessionUpdated', session, changed }, result: session };
    });
  } catch (error) {
    if (!(error instanceof NothingToChange)) throw error;
    if (SESSION_FIELDS.every((field) => input[field] == null)) {
      throw new InvalidInputError('body', 'At least one of code, language and status must be given');
    }
    return getSession(app, id);
  }
}

class NothingToChange extends Error {}

/** Deletes a session and all that hangs on it, and ends its streams. Throws SessionNotFoundError. */
export async function deleteSession(app: AppContext, id: string): Promise<void> {
  await changeSession(app, id, async (tx) => {
    await tx.session.deleteMany({ where: { id } });
    return { event: { type: 'SessionDeleted' }, result: undefined };
  });
}
