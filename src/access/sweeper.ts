import type { AppContext } from '../app.ts';
import { repeat } from '../background-tasks.ts';
import type { Database } from '../database/client.ts';

const SWEEP_MS = 60_000;
/** Clients that come with what has just expired are told so, and streams of it end as expired, before it is unknown. */
const KEPT_MS = 60_000;

/** Deletes expired tickets, invites and participant tokens, from time to time. Returns a function that stops it. */
export function sweepCredentials(app: Pick<AppContext, 'db' | 'log' | 'background'>): () => void {
  return repeat(app, SWEEP_MS, 'Expired credentials could not be deleted', () => deleteExpired(app.db));
}

/** Deletes what expired a while ago. */
export async function deleteExpired(db: Database): Promise<void> {
  const where = { expiresAt: { lt: new Date(Date.now() - KEPT_MS) } };
  await db.ticket.deleteMany({ where });
  await db.invite.deleteMany({ where });
  await db.participantToken.deleteMany({ where });
}
