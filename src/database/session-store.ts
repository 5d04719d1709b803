import type { SessionState } from '../events/state.ts';
import type { Execution } from '../executions/model.ts';
import type { Session, SessionEvent, User } from './generated/client.ts';

/** What one change of a session writes: all of it or nothing. */
export interface SessionChange {
  /** The row of its event. The session must stand at the number before, or not exist where `created` is given. */
  readonly event: SessionEvent;
  /** What the session's row becomes; a field that is left out stays. */
  readonly fields: Partial<Pick<Session, 'code' | 'language' | 'status'>>;
  readonly created: Session | null;
  readonly joined: User | null;
  /** The id of the user who left. */
  readonly left: string | null;
  /** The execution that started or ended, as it is now. */
  readonly execution: Execution | null;
}

/** A part of a log: the events between `after` and `before`, both exclusive, at most `limit`. */
export interface Range {
  readonly after: number;
  readonly before: number;
  readonly limit: number;
  /** Whether to read the newest events, the newest first. */
  readonly newestFirst?: boolean;
}

/**
 * The few statements of the hot path, prepared once for each connection. Everything else goes through Prisma, which
 * compiles its plan and prepares its statement anew for each call.
 */
export interface SessionStore {
  /** Whether no other process can write this database, so that what was committed here last is what it holds. */
  readonly isOnlyWriter: boolean;
  /**
   * Commits changes of different sessions with one flush. Returns the ids of the sessions whose change is stored: not
   * those that stand at another number, or are gone. Throws StatementFailedError when nothing is stored, and
   * any other error when the connection was lost and nobody knows.
   */
  commit(changes: readonly SessionChange[]): Promise<ReadonlySet<string>>;
  /** Returns the session with its users as it is stored now; null when there is none. */
  load(id: string): Promise<SessionState | null>;
  /** Returns the numbers of the latest events of the sessions that exist. */
  seqs(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Reads a part of the log of a session, oldest first unless told otherwise. */
  events(sessionId: string, range: Range): Promise<SessionEvent[]>;
}

/** The database refused a statement and rolled it back: nothing of it is stored. */
export class StatementFailedError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
