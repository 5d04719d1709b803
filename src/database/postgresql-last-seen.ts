import type { Query } from './postgresql-rows.ts';
import type { SessionStore } from './session-store.ts';

/** Locks the users, so that none of them goes meanwhile. */
const SAVE = `
WITH connected AS (
  SELECT "User"."sessionId", "User".id FROM "User"
  JOIN json_to_recordset($1) AS seen("sessionId" text, "userId" text)
    ON seen."sessionId" = "User"."sessionId" AND seen."userId" = "User".id
  ORDER BY 1, 2 FOR KEY SHARE OF "User"
)
INSERT INTO "LastSeen" ("sessionId", "userId", at) SELECT DISTINCT "sessionId", id, $2::timestamp FROM connected
ON CONFLICT ("sessionId", "userId") DO UPDATE SET at = excluded.at
RETURNING "sessionId", "userId"`;

/** The statement on PostgreSQL that stores when users were last connected. */
export function postgresqlLastSeen(query: Query): Pick<SessionStore, 'saveSeen'> {
  return {
    saveSeen: async (users, at) => {
      const rows = await query<{ sessionId: string; userId: string }>('save seen', SAVE, [
        JSON.stringify(users),
        at.toISOString(),
      ]);
      const saved = new Set(rows.map(({ sessionId, userId }) => `${sessionId} ${userId}`));
      return new Set(users.filter(({ sessionId, userId }) => saved.has(`${sessionId} ${userId}`)));
    },
  };
}
