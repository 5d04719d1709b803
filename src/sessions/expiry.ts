import { SYSTEM } from '../access/caller.ts';
import { decide } from '../access/decide.ts';
import { endTokensOf } from '../access/tokens.ts';
import type { AppContext } from '../app.ts';
import { repeat } from '../background-tasks.ts';
import { SessionNotFoundError } from '../errors.ts';
import { changeSession } from '../events/append.ts';
import { sessionUpdate } from '../events/session-update.ts';

const SWEEP_MS = 1_000;
const BATCH = 100;

/** Completes sessions whose end has come, within a second. Returns a function that stops it. */
export function sweepExpiredSessions(app: AppContext): () => void {
  const failure = 'Sessions whose end has come could not be completed';
  return repeat(app, SWEEP_MS, failure, () => completeExpired(app));
}

async function completeExpired(app: AppContext): Promise<void> {
  const due = await app.db.session.findMany({
    where: { status: 'ACTIVE', expiresAt: { lte: new Date() } },
    select: { id: true },
    take: BATCH,
  });
  await Promise.all(due.map(({ id }) => complete(app, id)));
}

async function complete(app: AppContext, id: string): Promise<void> {
  try {
    const end = await changeSession({ app, caller: SYSTEM }, id, (before) => {
      const permit = decide(SYSTEM, 'CONTROL', before);
      const { status, expiresAt, updatedAt } = before;
      // Another instance was first, or somebody gave it more time.
      const isOver = status === 'ACTIVE' && expiresAt !== null && expiresAt <= updatedAt;
      if (!isOver) return { permit, event: null, result: null };
      const { event } = sessionUpdate(before, { status: 'COMPLETED' }, { edits: [] });
      return { permit, event, result: expiresAt };
    });
    if (!end) return;
    await endTokensOf(app.db, id, end);
    app.credentials.announce({ sessionId: id, userId: null });
  } catch (error) {
    if (!(error instanceof SessionNotFoundError)) throw error;
  }
}
