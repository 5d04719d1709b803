import type pg from 'pg';
import type { Session, SessionEvent } from './generated/client.ts';

/** Runs a statement that is prepared under a name. */
export type Query = <Row extends pg.QueryResultRow>(
  name: string,
  text: string,
  values: unknown[],
) => Promise<Row[]>;

/** A row as PostgreSQL writes it in JSON. */
export type Json<Row> = {
  [Field in keyof Row]: Row[Field] extends Date
    ? string
    : Row[Field] extends Date | null
      ? string | null
      : Row[Field];
};

/** Returns the session of a row. */
export function toSession(row: Json<Session>): Session {
  const { createdAt, updatedAt, expiresAt } = row;
  return {
    ...row,
    createdAt: toDate(createdAt),
    updatedAt: toDate(updatedAt),
    expiresAt: expiresAt === null ? null : toDate(expiresAt),
  };
}

/** Returns the event of a row. */
export function toEvent(row: Json<SessionEvent>): SessionEvent {
  return { ...row, at: toDate(row.at) };
}

/** The columns are UTC, which their type does not say. */
export function toDate(timestamp: string): Date {
  return new Date(`${timestamp}Z`);
}
