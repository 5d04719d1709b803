import type { CommandContext } from '../app.ts';
import { writeCode } from '../documents/service.ts';
import { InvalidInputError } from '../errors.ts';
import { changeSession, storeSession } from '../events/append.ts';
import { SessionDeleted } from '../events/deleted.ts';
import { draft } from '../events/event.ts';
import { SessionCreated } from '../events/session-events.ts';
import { sessionUpdate } from '../events/session-update.ts';
import type { SessionState } from '../events/state.ts';
import { newSessionId } from '../ids.ts';
import { LANGUAGES } from '../languages.ts';
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
export function getSession({ app }: CommandContext, id: string): Promise<SessionState> {
  return app.sessions.require(id);
}

/**
 * Sets what is given; a change to what it is already records no event. Returns the session after it.
 * With `baseSeq`, the code merges with what others did since. Throws SessionNotFoundError, BaseOutsideLogError, and
 * InvalidInputError when nothing is given.
 */
export async function updateSession(
  context: CommandContext,
  id: string,
  input: UpdateSessionInput,
): Promise<SessionState> {
  const { code, baseSeq, language, status } = input;
  const wanted = { ...(language && { language }), ...(status && { status }) };
  if (code == null && Object.keys(wanted).length === 0) {
    await getSession(context, id);
    throw new InvalidInputError('body', 'At least one of code, language and status must be given');
  }
  const after =
    code == null
      ? await changeRest(context, id, wanted)
      : await writeCode(context, id, { code, baseSeq, ...wanted });
  return after ?? getSession(context, id);
}

/** Changes a session without its code. Returns the session after it, null where nothing has changed. */
function changeRest(
  context: CommandContext,
  id: string,
  wanted: Partial<Pick<SessionState, 'language' | 'status'>>,
): Promise<SessionState | null> {
  return changeSession(context, id, (before) => {
    const { language = before.language, status = before.status } = wanted;
    if (language === before.language && status === before.status) return { event: null, result: null };
    const { session, event } = sessionUpdate(before, wanted, { edits: [] });
    return { event, result: session };
  });
}

/** Deletes a session and all that hangs on it, and ends its streams. Throws SessionNotFoundError. */
export async function deleteSession(context: CommandContext, id: string): Promise<void> {
  await changeSession(context, id, () => ({ event: draft(SessionDeleted, {}), result: undefined }));
}
