import type { Session, SessionEvent } from './generated/client.ts';

/** A row as SQLite holds it: Prisma writes dates as text. */
export type Stored<Row> = { [Field in keyof Row]: Row[Field] extends Date ? string : Row[Field] };

/** Returns the statement that inserts a row with these columns. */
export function insert(table: string, columns: string): string {
  const names = columns.split(' ');
  return `INSERT INTO "${table}" (${names.map((name) => `"${name}"`)}) VALUES (${names.map((name) => `@${name}`)})`;
}

/** Returns the row with dates as Prisma writes them. */
export function toRow(row: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Date ? value.toISOString().replace('Z', '+00:00') : value,
    ]),
  );
}

/** Returns the session of a row. */
export function toSession(row: Stored<Session>): Session {
  return { ...row, createdAt: new Date(row.createdAt), updatedAt: new Date(row.updatedAt) };
}

/** Returns the event of a row. */
export function toEvent(row: Stored<SessionEvent>): SessionEvent {
  return { ...row, at: new Date(row.at) };
}
