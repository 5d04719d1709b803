import type Database from 'libsql';
import type { DocumentClient, Session, SessionEvent } from './generated/client.ts';
import {
  type Checkpoint,
  CODE_TYPES,
  type DocumentChange,
  KEYFRAME_TYPES,
  type Range,
  STATE_TYPES,
  type StoredDocument,
  sqlList,
} from './session-store.ts';
import { insert, toEvent, toSession } from './sqlite-rows.ts';
import { transactionOf } from './sqlite-transaction.ts';
import type { WithTextDates } from './text-dates.ts';

/** The statements of documents on an open SQLite database, prepared once. */
export function sqliteDocuments(db: Database.Database) {
  const saveState = db.prepare(`
    INSERT INTO "Document" ("sessionId", state) VALUES (?, ?)
    ON CONFLICT ("sessionId") DO UPDATE SET state = excluded.state`);
  const addClient = db.prepare(insert('DocumentClient', 'sessionId clientId epoch userId'));
  const place = db.prepare(`
    UPDATE "Session" SET code = @code, "codeSeq" = @seq, epoch = @newEpoch
    WHERE id = @sessionId AND seq = @seq AND epoch = @epoch`);
  const session = db.prepare('SELECT * FROM "Session" WHERE id = ?');
  const state = db.prepare('SELECT state FROM "Document" WHERE "sessionId" = ?');
  const clients = db.prepare('SELECT * FROM "DocumentClient" WHERE "sessionId" = ?');
  const codeEvents = `
    SELECT * FROM "SessionEvent" WHERE "sessionId" = ? AND seq > ? AND seq < ? AND type IN ${sqlList(CODE_TYPES)}`;
  const oldest = db.prepare(`${codeEvents} ORDER BY seq`);
  const newest = db.prepare(`${codeEvents} ORDER BY seq DESC LIMIT ?`);
  const history = db.prepare(`
    SELECT * FROM "SessionEvent" WHERE "sessionId" = @sessionId AND seq < @before AND type IN ${sqlList(STATE_TYPES)}
      AND seq >= (
        SELECT seq FROM "SessionEvent"
        WHERE "sessionId" = @sessionId AND seq < @before AND type IN ${sqlList(KEYFRAME_TYPES)}
        ORDER BY seq DESC LIMIT 1)
    ORDER BY seq`);

  /** Stores what an event changes of a document, in the transaction of the event. */
  const store = (sessionId: string, change: DocumentChange): void => {
    if (change.state) saveState.run(sessionId, Buffer.from(change.state));
    for (const client of change.clients) addClient.run({ ...client });
  };
  return {
    store,
    document: (sessionId: string): StoredDocument | null => {
      const [row] = session.all(sessionId) as WithTextDates<Session>[];
      if (!row) return null;
      const [document] = state.all(sessionId) as { state: ArrayBuffer }[];
      const events = oldest.all(sessionId, row.codeSeq, row.seq + 1) as WithTextDates<SessionEvent>[];
      return {
        session: toSession(row),
        state: document ? new Uint8Array(document.state) : null,
        clients: clients.all(sessionId) as DocumentClient[],
        events: events.map(toEvent),
      };
    },
    checkpoint: transactionOf(db, ({ state: bytes, ...where }: Checkpoint): boolean => {
      if (place.run(where).changes === 0) return false;
      saveState.run(where.sessionId, Buffer.from(bytes));
      return true;
    }),
    codeEvents: (sessionId: string, { after, before, limit }: Range): SessionEvent[] =>
      (newest.all(sessionId, after, before, limit) as WithTextDates<SessionEvent>[]).map(toEvent),
    history: (sessionId: string, before: number): SessionEvent[] =>
      (history.all({ sessionId, before }) as WithTextDates<SessionEvent>[]).map(toEvent),
  };
}
