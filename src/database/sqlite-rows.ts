import type { Session, SessionEvent } from './generated/client.ts';

/** A row as SQLite holds it: Prisma writes dates as text. */
export type Stored<Row> = {
  [Field in keyof Row]: Row[Field] extends Date
    ? string
    : Row[Field] extends Date | null
      ? string | null
      : Row[Field];
};

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
  const { createdAt, updatedAt, expiresAt } = row;
  return {
    ...row,
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
  };
}

/** Returns the event of a row. */
export function toEvent(row: Stored<SessionEvent>): SessionEvent {
  return { ...row, at: new Date(row.at) };
}
