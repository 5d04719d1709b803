import type { AppContext } from '../app.ts';
import type { User } from '../database/generated/client.ts';
import { fromRow, isEventOf } from '../events/event.ts';
import { UserLeft } from './events.ts';

/** Returns the latest user who left the session and is wanted, as it was when it left; null when there is none. */
export async function findFormerUser(
  { db }: AppContext,
  sessionId: string,
  isWanted: (user: User) => boolean,
): Promise<User | null> {
  const rows = await db.sessionEvent.findMany({
    where: { sessionId, type: UserLeft.name },
    orderBy: { seq: 'desc' },
  });
  for (const event of rows.map(fromRow)) {
    if (isEventOf(UserLeft, event) && isWanted(event.data.user)) return event.data.user;
  }
  return null;
}
