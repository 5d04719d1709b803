import pg from 'pg';
import type { Session, SessionEvent, User } from './generated/client.ts';
import { postgresqlDocuments } from './postgresql-documents.ts';
import { postgresqlLastSeen } from './postgresql-last-seen.ts';
import { type Query, toDate, toEvent, toSession } from './postgresql-rows.ts';
import { type Range, type SessionChange, type SessionStore, StatementFailedError } from './session-store.ts';
import type { WithTextDates } from './text-dates.ts';

/**
 * One statement commits the changes of a group, so a group is one round trip. It locks the sessions in the order of
 * their ids: two groups cannot wait for each other. A session whose number another instance has raised meanwhile is
 * not in `locked`, and nothing of its change is written.
 */
const COMMIT = `
WITH change AS (
  SELECT * FROM json_to_recordset($1) AS change(
    id text, seq int, epoch int, event json, fields json, created json, joined json, "left" text, "changedRole" json, execution json,
    state text, clients json, token json, invite text, "endsTokens" boolean,
    "revokesInvitesOf" text)
), usable AS (
  SELECT invite.id FROM "Invite" invite JOIN change ON change.invite = invite.id
  WHERE invite."usesLeft" > 0 AND invite."expiresAt" > (change.event->>'at')::timestamp
  FOR UPDATE OF invite
), locked AS (
  SELECT session.id FROM "Session" session JOIN change ON change.id = session.id AND change.seq = session.seq + 1
    AND change.epoch = session.epoch
  WHERE change.created IS NULL AND (change.invite IS NULL OR change.invite IN (SELECT id FROM usable))
  ORDER BY session.id FOR NO KEY UPDATE OF session
), raised AS (
  UPDATE "Session" session SET
    seq = change.seq,
    "updatedAt" = (change.event->>'at')::timestamp,
    code = coalesce(change.fields->>'code', session.code),
    "codeSeq" = coalesce((change.fields->>'codeSeq')::int, session."codeSeq"),
    "editSize" = coalesce((change.fields->>'editSize')::int, session."editSize"),
    epoch = coalesce((change.fields->>'epoch')::int, session.epoch),
    language = coalesce((change.fields->>'language')::"Language", session.language),
    status = coalesce((change.fields->>'status')::"SessionStatus", session.status),
    locks = coalesce(change.fields->>'locks', session.locks),
    "expiresAt" = CASE WHEN change.fields->'expiresAt' IS NULL THEN session."expiresAt"
      ELSE (change.fields->>'expiresAt')::timestamp END
  FROM locked JOIN change USING (id)
  WHERE session.id = locked.id
  RETURNING session.id
), created AS (
  INSERT INTO "Session"
  SELECT session.* FROM change, json_populate_record(null::"Session", change.created) session
  WHERE change.created IS NOT NULL
  RETURNING id
), stored AS (
  SELECT change.* FROM change WHERE id IN (SELECT id FROM raised UNION ALL SELECT id FROM created)
), appended AS (
  INSERT INTO "SessionEvent"
  SELECT event.* FROM stored, json_populate_record(null::"SessionEvent", stored.event) event
), joined AS (
  INSERT INTO "User"
  SELECT joined.* FROM stored, json_populate_record(null::"User", stored.joined) joined
  WHERE stored.joined IS NOT NULL
), gone AS (
  DELETE FROM "User" member USING stored WHERE member."sessionId" = stored.id AND member.id = stored."left"
), reroled AS (
  UPDATE "User" member SET role = (stored."changedRole"->>'role')::"Role"
  FROM stored WHERE member."sessionId" = stored.id AND member.id = stored."changedRole"->>'id'
), used AS (
  UPDATE "Invite" invite SET "usesLeft" = invite."usesLeft" - 1 FROM stored WHERE invite.id = stored.invite
), ended AS (
  DELETE FROM "ParticipantToken" token USING stored
  WHERE stored."endsTokens" AND token."sessionId" = stored.id AND token."userId" = stored.token->>'userId'
), revoked AS (
  DELETE FROM "Invite" invite USING stored
  WHERE invite."sessionId" = stored.id AND invite."userId" = stored."revokesInvitesOf"
), granted AS (
  INSERT INTO "ParticipantToken"
  SELECT token.* FROM stored, json_populate_record(null::"ParticipantToken", stored.token) token
  WHERE stored.token IS NOT NULL
), executed AS (
  UPDATE "Execution" execution SET
    (status, stdout, stderr, "droppedBytes", "exitCode", error, "executionTime", "memoryPeak", "startedAt", "finishedAt")
    = (step.status, step.stdout, step.stderr, step."droppedBytes", step."exitCode", step.error, step."executionTime",
       step."memoryPeak", step."startedAt", step."finishedAt")
  FROM stored, json_populate_record(null::"Execution", stored.execution) step
  WHERE execution.id = step.id
), saved AS (
  INSERT INTO "Document" SELECT id, decode(state, 'base64') FROM stored WHERE state IS NOT NULL
  ON CONFLICT ("sessionId") DO UPDATE SET state = excluded.state
), counted AS (
  INSERT INTO "DocumentClient" SELECT client.* FROM stored, json_populate_recordset(null::"DocumentClient", stored.clients) client
  WHERE stored.clients IS NOT NULL
)
SELECT id FROM stored`;

const LOAD = `
SELECT to_json(session) AS session, (
  SELECT coalesce(json_agg(member ORDER BY member."joinedSeq"), '[]') FROM "User" member
  WHERE member."sessionId" = session.id
) AS users, (
  SELECT coalesce(json_agg(event.data ORDER BY event.seq), '[]') FROM "SessionEvent" event
  WHERE event."sessionId" = session.id AND event.seq > session."codeSeq" AND event.type = 'CodeEdited'
) AS edits FROM "Session" session WHERE id = $1`;

const SEQS = 'SELECT id, seq FROM "Session" WHERE id = ANY($1)';

const EVENTS = `
SELECT to_json(event) AS event FROM "SessionEvent" event
WHERE "sessionId" = $1 AND seq > $2 AND seq < $3 ORDER BY seq LIMIT $4`;

const EVENTS_NEWEST_FIRST = EVENTS.replace('ORDER BY seq', 'ORDER BY seq DESC');

/** The hot statements on PostgreSQL, over the pool that Prisma uses. */
export function postgresqlSessions(pool: pg.Pool): SessionStore {
  const query: Query = async <Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[]) =>
    (await pool.query<Row>({ name, text, values })).rows;
  return {
    isOnlyWriter: false,
    commit: async (changes) => {
      try {
        const rows = await query<{ id: string }>('commit', COMMIT, [JSON.stringify(changes.map(toRow))]);
        return new Set(rows.map(({ id }) => id));
      } catch (error) {
        // The server's own words; anything else comes from a connection that broke.
        throw error instanceof pg.DatabaseError ? new StatementFailedError(error) : error;
      }
    },
    load: async (id) => {
      const [row] = await query<{
        session: WithTextDates<Session>;
        users: WithTextDates<User>[];
        edits: string[];
      }>('load', LOAD, [id]);
      if (!row) return null;
      const users = row.users.map((user) => ({ ...user, joinedAt: toDate(user.joinedAt) }));
      return { session: { ...toSession(row.session), users }, edits: row.edits };
    },
    seqs: async (ids) => {
      const rows = await query<{ id: string; seq: number }>('seqs', SEQS, [ids]);
      return new Map(rows.map(({ id, seq }) => [id, seq]));
    },
    events: async (sessionId, { after, before, limit, newestFirst }: Range) => {
      const [name, text] = newestFirst ? ['newest events', EVENTS_NEWEST_FIRST] : ['events', EVENTS];
      const rows = await query<{ event: WithTextDates<SessionEvent> }>(name, text, [
        sessionId,
        after,
        before,
        limit,
      ]);
      return rows.map(({ event }) => toEvent(event));
    },
    ...postgresqlDocuments(query),
    ...postgresqlLastSeen(query),
  };
}

function toRow({ event, document, ...change }: SessionChange): object {
  const { sessionId: id, seq } = event;
  const state = document?.state && Buffer.from(document.state).toString('base64');
  return { id, seq, event, ...change, state, clients: document?.clients };
}
