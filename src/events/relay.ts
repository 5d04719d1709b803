import type { AppContext } from '../context.ts';
import type { SessionChange } from './live.ts';
import { loadSession, readEvents } from './log.ts';
import type { SessionState } from './model.ts';

/** How often an instance looks for changes of others that no message told of. */
const POLL_MS = 5_000;

/**
 * Publishes a committed change of this instance. Where others have changed the session since, their events go
 * first, read once for all listeners. Never rejects: the change is made, and streams heal from the log.
 */
export async function publishChange(app: AppContext, change: SessionChange): Promise<void> {
  const { sessionId, seq } = change.event;
  app.bus.publish({ kind: 'change', sessionId, seq });
  const last = app.events.lastDelivered(sessionId);
  try {
    if (last != null && seq > last + 1) await deliverLog(app, sessionId, last, change.session);
  } catch (err) {
    app.log.warn({ err, sessionId }, 'Events of another instance come late');
  }
  app.events.deliver(change);
}

/** Delivers the changes of other instances here. Answers a function that stops it. */
export function relayChanges(app: AppContext): () => void {
  const catchUp = (sessionId: string, seq: number) =>
    app.turns
      .run(sessionId, () => deliverMissed(app, sessionId, seq))
      .catch((err: unknown) => app.log.warn({ err, sessionId }, 'Events of another instance come late'));

  const catchUpAll = async () => {
    const watched = app.events.watched();
    if (watched.size === 0) return;
    const sessions = await app.db.session.findMany({
      where: { id: { in: [...watched.keys()] } },
      select: { id: true, seq: true },
    });
    const seqs = new Map(sessions.map(({ id, seq }) => [id, seq]));
    for (const [id, last] of watched) {
      const seq = seqs.get(id) ?? (last ?? 0) + 1;
      if (seq !== last) void catchUp(id, seq);
    }
  };
  const look = () => {
    catchUpAll().catch((err: unknown) => app.log.warn({ err }, 'Events of other instances come late'));
  };

  app.bus.listen({
    onMessage: (message) => {
      if (message.kind === 'change') void catchUp(message.sessionId, message.seq);
    },
    onGap: look,
  });
  const timer = setInterval(look, POLL_MS);
  return () => clearInterval(timer);
}

async function deliverMissed(app: AppContext, sessionId: string, seq: number): Promise<void> {
  const last = app.events.lastDelivered(sessionId);
  if (last === undefined || seq <= (last ?? 0)) return;
  const session = await loadSession(app.db, sessionId);
  if (!session) {
    const event = { type: 'SessionDeleted' as const, sessionId, seq, at: new Date(), actor: null };
    app.events.deliver({ event, session: null });
    return;
  }
  await deliverLog(app, sessionId, last ?? seq - 1, session);
}

async function deliverLog(
  app: AppContext,
  sessionId: string,
  after: number,
  session: SessionState | null,
): Promise<void> {
  for await (const event of readEvents(app, sessionId, after)) app.events.deliver({ event, session });
}
