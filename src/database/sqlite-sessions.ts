import type Database from 'libsql';
import type { UserKey } from '../access/caller.ts';
import type { Session, SessionEvent, User } from './generated/client.ts';
import type { LoadedSession, Range, SessionChange } from './session-store.ts';
import { sqliteDocuments } from './sqlite-documents.ts';
import { insert, toEvent, toRow, toSession } from './sqlite-rows.ts';
import { transactionOf } from './sqlite-transaction.ts';
import type { WithTextDates } from './text-dates.ts';

/** The hot statements on an open SQLite database, prepared once. Each call blocks until it is done. */
export function sqliteSessions(db: Database.Database) {
  const raise = db.prepare(`
    UPDATE "Session" SET seq = @seq, "updatedAt" = @at, code = coalesce(@code, code),
      "codeSeq" = coalesce(@codeSeq, "codeSeq"), "editSize" = coalesce(@editSize, "editSize"),
      epoch = coalesce(@newEpoch, epoch), language = coalesce(@language, language), status = coalesce(@status, status),
      locks = coalesce(@locks, locks),
      "expiresAt" = CASE WHEN @setsExpiry THEN @expiresAt ELSE "expiresAt" END
    WHERE id = @sessionId AND seq = @seq - 1 AND epoch = @epoch`);
  const create = db.prepare(
    insert(
      'Session',
      'id code codeSeq epoch editSize language status seq createdAt updatedAt owner locks expiresAt',
    ),
  );
  const append = db.prepare(insert('SessionEvent', 'sessionId seq type data actor at actorName'));
  const join = db.prepare(insert('User', 'sessionId id name color joinedAt joinedSeq role externalId'));
  const leave = db.prepare('DELETE FROM "User" WHERE "sessionId" = ? AND id = ?');
  const changeRole = db.prepare('UPDATE "User" SET role = ? WHERE "sessionId" = ? AND id = ?');
  const usable = db.prepare('SELECT id FROM "Invite" WHERE id = ? AND "usesLeft" > 0 AND "expiresAt" > ?');
  const use = db.prepare('UPDATE "Invite" SET "usesLeft" = "usesLeft" - 1 WHERE id = ?');
  const endTokens = db.prepare('DELETE FROM "ParticipantToken" WHERE "sessionId" = ? AND "userId" = ?');
  const revoke = db.prepare('DELETE FROM "Invite" WHERE "sessionId" = ? AND "userId" = ?');
  const grant = db.prepare(insert('ParticipantToken', 'id secretHash sessionId userId createdAt expiresAt'));
  const execute = db.prepare(`
    UPDATE "Execution" SET status = @status, stdout = @stdout, stderr = @stderr, "droppedBytes" = @droppedBytes,
      "exitCode" = @exitCode, error = @error, "executionTime" = @executionTime, "memoryPeak" = @memoryPeak,
      "startedAt" = @startedAt, "finishedAt" = @finishedAt
    WHERE id = @id`);
  const session = db.prepare('SELECT * FROM "Session" WHERE id = ?');
  const users = db.prepare('SELECT * FROM "User" WHERE "sessionId" = ? ORDER BY "joinedSeq"');
  const seq = db.prepare('SELECT id, seq FROM "Session" WHERE id = ?');
  const events = db.prepare(`
    SELECT * FROM "SessionEvent" WHERE "sessionId" = ? AND seq > ? AND seq < ? ORDER BY seq LIMIT ?`);
  const edits = db.prepare(`
    SELECT data FROM "SessionEvent" WHERE "sessionId" = ? AND seq > ? AND type = 'CodeEdited' ORDER BY seq`);
  const see = db.prepare(`
    INSERT INTO "LastSeen" ("sessionId", "userId", at)
    SELECT "sessionId", id, @at FROM "User" WHERE "sessionId" = @sessionId AND id = @userId
    ON CONFLICT ("sessionId", "userId") DO UPDATE SET at = excluded.at`);
  const documents = sqliteDocuments(db);
  const newestEvents = db.prepare(`
    SELECT * FROM "SessionEvent" WHERE "sessionId" = ? AND seq > ? AND seq < ? ORDER BY seq DESC LIMIT ?`);

  /** Returns whether the session stood where the change wants it. */
  const store = (change: SessionChange): boolean => {
    const { event, epoch, fields, created, joined, left, changedRole, execution, document } = change;
    const { token, invite, endsTokens, revokesInvitesOf } = change;
    const row = toRow(event);
    if (invite !== null && usable.all(invite, row['at']).length === 0) return false;
    if (created) create.run(toRow(created));
    else if (raise.run({ ...toFields(fields), ...row, epoch }).changes === 0) return false;
    append.run(row);
    if (joined) join.run(toRow(joined));
    if (left !== null) leave.run(event.sessionId, left);
    if (changedRole) changeRole.run(changedRole.role, event.sessionId, changedRole.id);
    if (invite !== null) use.run(invite);
    if (token && endsTokens) endTokens.run(event.sessionId, token.userId);
    if (revokesInvitesOf !== null) revoke.run(event.sessionId, revokesInvitesOf);
    if (token) grant.run(toRow(token));
    if (execution) execute.run(toRow(execution));
    if (document) documents.store(event.sessionId, document);
    return true;
  };

  return {
    /** See SessionStore. One transaction, and so one flush. */
    commit: transactionOf(db, (changes: readonly SessionChange[]): string[] =>
      changes.filter(store).map(({ event }) => event.sessionId),
    ),
    /** Returns of each whether it is a user. */
    saveSeen: transactionOf(db, (users: readonly UserKey[], at: Date): boolean[] =>
      users.map(({ sessionId, userId }) => see.run(toRow({ sessionId, userId, at })).changes > 0),
    ),
    load: (id: string): LoadedSession | null => {
      // Not `get`, which adds a field to the row.
      const [row] = session.all(id) as WithTextDates<Session>[];
      if (!row) return null;
      const members = (users.all(id) as WithTextDates<User>[]).map((user) => ({
        ...user,
        joinedAt: new Date(user.joinedAt),
      }));
      const edited = edits.all(id, row.codeSeq) as { data: string }[];
      return { session: { ...toSession(row), users: members }, edits: edited.map(({ data }) => data) };
    },
    seqs: (ids: readonly string[]): [string, number][] =>
      ids.flatMap((id) => seq.all(id) as Pick<Session, 'id' | 'seq'>[]).map(({ id, seq }) => [id, seq]),
    events: (sessionId: string, { after, before, limit, newestFirst }: Range): SessionEvent[] => {
      const statement = newestFirst ? newestEvents : events;
      const rows = statement.all(sessionId, after, before, limit) as WithTextDates<SessionEvent>[];
      return rows.map(toEvent);
    },
    ...documents,
  };
}

/** What an update leaves as it is. */
const KEPT = {
  code: null,
  codeSeq: null,
  editSize: null,
  language: null,
  status: null,
  locks: null,
  expiresAt: null,
};

function toFields(fields: SessionChange['fields']): Record<string, unknown> {
  const setsExpiry = Number(fields.expiresAt !== undefined);
  return { ...KEPT, ...toRow(fields), newEpoch: fields.epoch ?? null, setsExpiry };
}
