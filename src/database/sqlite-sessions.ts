import type Database from 'libsql';
import type { SessionState } from '../events/state.ts';
import type { Session, SessionEvent, User } from './generated/client.ts';
import type { Range, SessionChange } from './session-store.ts';

/** The hot statements on an open SQLite database, prepared once. Each call blocks until it is done. */
export function sqliteSessions(db: Database.Database) {
  const raise = db.prepare(`
    UPDATE "Session" SET seq = @seq, "updatedAt" = @at, code = coalesce(@code, code),
      language = coalesce(@language, language), status = coalesce(@status, status)
    WHERE id = @sessionId AND seq = @seq - 1`);
  const create = db.prepare(insert('Session', 'id code language status seq createdAt updatedAt'));
  const append = db.prepare(insert('SessionEvent', 'sessionId seq type data actor at'));
  const join = db.prepare(insert('User', 'sessionId id name color joinedAt joinedSeq'));
  const leave = db.prepare('DELETE FROM "User" WHERE "sessionId" = ? AND id = ?');
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
  const newestEvents = db.prepare(`
    SELECT * FROM "SessionEvent" WHERE "sessionId" = ? AND seq > ? AND seq < ? ORDER BY seq DESC LIMIT ?`);

  /** Returns whether the session stood where the change wants it. */
  const store = ({ event, fields, created, joined, left, execution }: SessionChange): boolean => {
    const row = toRow(event);
    if (created) create.run(toRow(created));
    else if (raise.run({ code: null, language: null, status: null, ...fields, ...row }).changes === 0)
      return false;
    append.run(row);
    if (joined) join.run(toRow(joined));
    if (left !== null) leave.run(event.sessionId, left);
    if (execution) execute.run(toRow(execution));
    return true;
  };

  return {
    /** See SessionStore. One transaction, and so one flush. */
    commit: db.transaction((changes: readonly SessionChange[]): string[] =>
      changes.filter(store).map(({ event }) => event.sessionId),
    ).immediate,
    load: (id: string): SessionState | null => {
      // Not `get`, which adds a field to the row.
      const [row] = session.all(id) as Stored<Session>[];
      if (!row) return null;
      const { createdAt, updatedAt } = row;
      return {
        ...row,
        createdAt: new Date(createdAt),
        updatedAt: new Date(updatedAt),
        users: (users.all(id) as Stored<User>[]).map((user) => ({
          ...user,
          joinedAt: new Date(user.joinedAt),
        })),
      };
    },
    seqs: (ids: readonly string[]): [string, number][] =>
      ids.flatMap((id) => seq.all(id) as Pick<Session, 'id' | 'seq'>[]).map(({ id, seq }) => [id, seq]),
    events: (sessionId: string, { after, before, limit, newestFirst }: Range): SessionEvent[] => {
      const statement = newestFirst ? newestEvents : events;
      const rows = statement.all(sessionId, after, before, limit) as Stored<SessionEvent>[];
      return rows.map((row) => ({ ...row, at: new Date(row.at) }));
    },
  };
}

/** A row as SQLite holds it: Prisma writes dates as text. */
type Stored<Row> = { [Field in keyof Row]: Row[Field] extends Date ? string : Row[Field] };

function insert(table: string, columns: string): string {
  const names = columns.split(' ');
  return `INSERT INTO "${table}" (${names.map((name) => `"${name}"`)}) VALUES (${names.map((name) => `@${name}`)})`;
}

/** Returns the row with dates as Prisma writes them. */
function toRow(row: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Date ? value.toISOString().replace('Z', '+00:00') : value,
    ]),
  );
}
