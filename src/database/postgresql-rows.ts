import type pg from 'pg';
import type { Session, SessionEvent } from './generated/client.ts';

/** Runs a statement that is prepared under a name. */
export type Query = <Row extends pg.QueryResultRow>(
  name: string,
  text: string,
  values: unknown[],
) => Promise<Row[]>;

/** A row as PostgreSQL writes it in JSON. */
export type Json<Row> = { [Field in keyof Row]: Row[Field] extends Date ? string : Row[Field] };

/** Returns the session of a row. */
export function toSession(row: Json<Session>): Session {
  return { ...row, createdAt: toDate(row.createdAt), updatedAt: toDate(row.updatedAt) };
}

/** Returns the event of a row. */
export function toEvent(row: Json<SessionEvent>): SessionEvent {
  return { ...row, at: toDate(row.at) };
}

/** The columns are UTC, which their type does not say. */
export function toDate(timestamp: string): Date {
  return new Date(`${timestamp}Z`);
}
