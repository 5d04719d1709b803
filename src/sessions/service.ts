import { hasExpired } from '../access/credentials.ts';
import { decide, decideOutside } from '../access/decide.ts';
import { toStoredLocks } from '../access/rights.ts';
import { endTokensOf } from '../access/tokens.ts';
import type { CommandContext } from '../app.ts';
import { decideToUpdate, writeCode } from '../documents/service.ts';
import { InvalidInputError } from '../errors.ts';
import { changeSession, storeSession } from '../events/append.ts';
import { SessionDeleted } from '../events/deleted.ts';
import { draft } from '../events/event.ts';
import { SessionCreated } from '../events/session-events.ts';
import { changedFields, sessionUpdate, type WantedFields } from '../events/session-update.ts';
import type { SessionState } from '../events/state.ts';
import { newSessionId } from '../ids.ts';
import { LANGUAGES } from '../languages.ts';
import type { CreateSessionInput, UpdateSessionInput } from './model.ts';

/** Creates a session. */
export async function createSession(
  context: CommandContext,
  input: CreateSessionInput,
): Promise<SessionState> {
  const permit = decideOutside(context.caller, 'CREATE_SESSION');
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
    owner: permit.actor,
    locks: '',
    expiresAt: null,
    users: [],
  };
  await storeSession(context.app, permit, session, draft(SessionCreated, { session }));
  return session;
}

/** Returns the session with its users. Throws SessionNotFoundError. */
export async function getSession({ app, caller }: CommandContext, id: string): Promise<SessionState> {
  return (await app.sessions.read(caller, 'READ', id)).session;
}

/**
 * Sets what is given; a change to what it is already records no event. Returns the session after it.
 * With `baseSeq`, the code merges with what others did since; `expiresAt` null takes the end away. Throws
 * SessionNotFoundError, BaseOutsideLogError, and InvalidInputError when nothing is given.
 */
export async function updateSession(
  context: CommandContext,
  id: string,
  input: UpdateSessionInput,
): Promise<SessionState> {
  const { code, baseSeq, language, status, locks, expiresAt } = input;
  const wanted: WantedFields = {
    ...(language && { language }),
    ...(status && { status }),
    ...(locks && { locks: toStoredLocks(locks) }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
  if (code == null && Object.keys(wanted).length === 0) {
    await getSession(context, id);
    throw new InvalidInputError('body', 'At least one of code, language and status must be given');
  }
  if (expiresAt !== undefined) await endOverTokens(context, id);
  const after =
    code == null
      ? await changeRest(context, id, wanted)
      : await writeCode(context, id, { code, baseSeq, ...wanted });
  // Tokens end with their session.
  if (expiresAt !== undefined) context.app.credentials.announce({ sessionId: id, userId: null });
  return after ?? getSession(context, id);
}

/** Ends the tokens of a session whose end has come, before it gets another one. Throws as a change of the end does. */
async function endOverTokens({ app, caller }: CommandContext, id: string): Promise<void> {
  const { session } = await app.sessions.read(caller, 'CONTROL', id);
  const { expiresAt } = session;
  if (expiresAt && hasExpired(session)) await endTokensOf(app.db, id, expiresAt);
}

/** Changes a session without its code. Returns the session after it, null where nothing has changed. */
function changeRest(context: CommandContext, id: string, wanted: WantedFields): Promise<SessionState | null> {
  return changeSession(context, id, (before) => {
    const permit = decideToUpdate(context.caller, before, wanted);
    if (changedFields(before, wanted).length === 0) return { permit, event: null, result: null };
    const { session, event } = sessionUpdate(before, wanted, { edits: [] });
    return { permit, event, result: session };
  });
}

/** Deletes a session and all that hangs on it, and ends its streams. Throws SessionNotFoundError. */
export async function deleteSession(context: CommandContext, id: string): Promise<void> {
  await changeSession(context, id, (before) => {
    const permit = decide(context.caller, 'DELETE', before);
    return { permit, event: draft(SessionDeleted, {}), result: undefined };
  });
  context.app.credentials.announce({ sessionId: id, userId: null });
}
