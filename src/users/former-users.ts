import type { AppContext } from '../app.ts';
import type { User } from '../database/generated/client.ts';
import { fromRow, isEventOf } from '../events/event.ts';
import { UserLeft } from './events.ts';

/** Returns the user who left a session last of those that are wanted, as it was then; null when nobody did. */
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
