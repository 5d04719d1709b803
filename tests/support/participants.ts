import { SYSTEM } from '../../src/access/caller.ts';
import type { AppContext } from '../../src/app.ts';
import type { Role } from '../../src/database/generated/enums.ts';
import { createSession } from '../../src/sessions/service.ts';
import { createParticipant } from '../../src/users/participants.ts';

/** A session, made by the server itself. */
export async function newSession(app: AppContext, code = 'start\n'): Promise<string> {
  return (await createSession({ app, caller: SYSTEM }, { code })).id;
}

/** A new user of a session, with its token. */
export async function participant(app: AppContext, sessionId: string, role: Role, name: string = role) {
  const context = { app, caller: SYSTEM };
  const { user, token } = await createParticipant(context, sessionId, { name, role, tokenExpiresAt: null });
  return { user, token, key: { sessionId, userId: user.id } };
}
