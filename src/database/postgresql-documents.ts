import type { DocumentClient, Session, SessionEvent } from './generated/client.ts';
import { type Query, toEvent, toSession } from './postgresql-rows.ts';
import { CODE_TYPES, KEYFRAME_TYPES, type SessionStore, STATE_TYPES, sqlList } from './session-store.ts';
import type { WithTextDates } from './text-dates.ts';

const DOCUMENT = `
SELECT to_json(session) AS session, (
  SELECT encode(state, 'base64') FROM "Document" WHERE "sessionId" = session.id
) AS state, (
  SELECT coalesce(json_agg(client), '[]') FROM "DocumentClient" client WHERE client."sessionId" = session.id
) AS clients, (
  SELECT coalesce(json_agg(event ORDER BY event.seq), '[]') FROM "SessionEvent" event
  WHERE event."sessionId" = session.id AND event.seq > session."codeSeq" AND event.type IN ${sqlList(CODE_TYPES)}
) AS events FROM "Session" session WHERE id = $1`;

const CHECKPOINT = `
WITH placed AS (
  UPDATE "Session" SET code = $5, "codeSeq" = $2, epoch = $4 WHERE id = $1 AND seq = $2 AND epoch = $3 RETURNING id
), saved AS (
  INSERT INTO "Document" SELECT id, $6 FROM placed
  ON CONFLICT ("sessionId") DO UPDATE SET state = excluded.state
)
SELECT id FROM placed`;

const CODE_EVENTS = `
SELECT to_json(event) AS event FROM "SessionEvent" event
WHERE "sessionId" = $1 AND seq > $2 AND seq < $3 AND type IN ${sqlList(CODE_TYPES)} ORDER BY seq DESC LIMIT $4`;

const HISTORY = `
SELECT to_json(event) AS event FROM "SessionEvent" event
WHERE "sessionId" = $1 AND seq < $2 AND type IN ${sqlList(STATE_TYPES)} AND seq >= (
  SELECT seq FROM "SessionEvent" WHERE "sessionId" = $1 AND seq < $2 AND type IN ${sqlList(KEYFRAME_TYPES)}
  ORDER BY seq DESC LIMIT 1)
ORDER BY seq`;

interface DocumentRow {
  readonly session: WithTextDates<Session>;
  readonly state: string | null;
  readonly clients: DocumentClient[];
  readonly events: WithTextDates<SessionEvent>[];
}

interface EventRow {
  readonly event: WithTextDates<SessionEvent>;
}

/** The statements of documents on PostgreSQL. */
export function postgresqlDocuments(
  query: Query,
): Pick<SessionStore, 'document' | 'checkpoint' | 'codeEvents' | 'history'> {
  return {
    document: async (sessionId) => {
      const [row] = await query<DocumentRow>('document', DOCUMENT, [sessionId]);
      if (!row) return null;
      return {
        session: toSession(row.session),
        state: row.state === null ? null : Buffer.from(row.state, 'base64'),
        clients: row.clients,
        events: row.events.map(toEvent),
      };
    },
    checkpoint: async ({ sessionId, seq, epoch, newEpoch, code, state }) => {
      const values = [sessionId, seq, epoch, newEpoch, code, Buffer.from(state)];
      return (await query('checkpoint', CHECKPOINT, values)).length > 0;
    },
    codeEvents: async (sessionId, { after, before, limit }) => {
      const rows = await query<EventRow>('code events', CODE_EVENTS, [sessionId, after, before, limit]);
      return rows.map(({ event }) => toEvent(event));
    },
    history: async (sessionId, before) =>
      (await query<EventRow>('history', HISTORY, [sessionId, before])).map(({ event }) => toEvent(event)),
  };
}
