import type { Session, SessionEvent } from './generated/client.ts';

/** A row whose dates are text, as SQLite holds them and PostgreSQL writes them in JSON. */
export type WithTextDates<Row> = {
  [Field in keyof Row]: Row[Field] extends Date
    ? string
    : Row[Field] extends Date | null
      ? string | null
      : Row[Field];
};

/** Returns what makes sessions and events of their rows, where `toDate` reads the text of a date. */
export function rowReaders(toDate: (text: string) => Date) {
  return {
    toSession(row: WithTextDates<Session>): Session {
      const { createdAt, updatedAt, expiresAt } = row;
      return {
        ...row,
        createdAt: toDate(createdAt),
        updatedAt: toDate(updatedAt),
        expiresAt: expiresAt === null ? null : toDate(expiresAt),
      };
    },
    toEvent(row: WithTextDates<SessionEvent>): SessionEvent {
      return { ...row, at: toDate(row.at) };
    },
  };
}
