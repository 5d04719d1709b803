import { isUnrestricted } from '../access/caller.ts';
import { decideFound } from '../access/decide.ts';
import type { CommandContext } from '../app.ts';

/**
 * Decides whether the caller may read a session: its log, its state, who is there. Looks nothing up for who may read
 * all, who meets a session that does not exist later. Throws SessionNotFoundError.
 */
export async function decideToRead({ app, caller }: CommandContext, sessionId: string): Promise<void> {
  if (isUnrestricted(caller)) return;
  decideFound(caller, 'READ', sessionId, await app.sessions.current(sessionId));
}
