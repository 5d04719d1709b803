import type { UserKey } from '../access/caller.ts';
import type { SessionState } from '../events/state.ts';
import type { Execution } from '../executions/model.ts';
import type { DocumentClient, ParticipantToken, Session, SessionEvent, User } from './generated/client.ts';

/** The types of events that hold the whole session. */
export const KEYFRAME_TYPES = ['SessionCreated', 'SessionUpdated'] as const;
/** The types of events that change the code. */
export const CODE_TYPES = ['CodeEdited', 'SessionUpdated'] as const;
/** The types of events that change the session. */
export const STATE_TYPES = [
  ...KEYFRAME_TYPES,
  'CodeEdited',
  'UserJoined',
  'UserLeft',
  'RoleChanged',
] as const;

/** Returns types of events as a list in SQL. */
export function sqlList(types: readonly string[]): string {
  return `(${types.map((type) => `'${type}'`)})`;
}

/** What a change writes of the Yjs document of a session. */
export interface DocumentChange {
  /** Its state after the event, where the session's `code` is written as well. */
  readonly state: Uint8Array | null;
  /** The Yjs clients that have inserted for the first time. */
  readonly clients: readonly DocumentClient[];
}

/** The text of a session and the state of its Yjs document, for an event that others have appended. */
export interface Checkpoint {
  readonly sessionId: string;
  /** Where the session must stand, in which epoch. */
  readonly seq: number;
  readonly epoch: number;
  /** The epoch that it gets. */
  readonly newEpoch: number;
  readonly code: string;
  readonly state: Uint8Array;
}

/** A session as it is stored, and the edits that lead from its `code` to the text of now. */
export interface LoadedSession {
  readonly session: SessionState;
  /** The data of events with the type CodeEdited. */
  readonly edits: readonly string[];
}

/** The Yjs document of a session as it is stored. */
export interface StoredDocument {
  /** As it is stored: `code` is the text after the event `codeSeq`. */
  readonly session: Session;
  /** Null where nobody has opened it yet. */
  readonly state: Uint8Array | null;
  readonly clients: readonly DocumentClient[];
  /** The events after `codeSeq` that change the code, oldest first. */
  readonly events: readonly SessionEvent[];
}

/** What one change of a session writes: all of it or nothing. */
export interface SessionChange {
  /** The row of its event. The session must stand at the number before, or not exist where `created` is given. */
  readonly event: SessionEvent;
  /** The epoch in which the session must be. */
  readonly epoch: number;
  /** What the session's row becomes; a field that is left out stays. */
  readonly fields: Partial<
    Pick<Session, 'code' | 'codeSeq' | 'editSize' | 'epoch' | 'language' | 'status' | 'locks' | 'expiresAt'>
  >;
  readonly created: Session | null;
  readonly joined: User | null;
  /** The id of the user who left. */
  readonly left: string | null;
  /** The user whose role changed, with the new one. */
  readonly changedRole: User | null;
  /** The execution that started or ended, as it is now. */
  readonly execution: Execution | null;
  readonly document: DocumentChange | null;
  /** A new token of a user of the session. */
  readonly token: ParticipantToken | null;
  /** The id of the invite that loses a use. Nothing of the change is stored if it has none left, or has ended. */
  readonly invite: string | null;
  /** Whether the other tokens of that user end. */
  readonly endsTokens: boolean;
  /** The id of the user whom no invite brings back any more. */
  readonly revokesInvitesOf: string | null;
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
   * Commits changes of different sessions with one flush. Returns the ids of the sessions whose change is stored. A
   * change is not stored if its session stands at another number, is in another epoch, or is gone, or if its invite has
   * no use left or has ended. Throws StatementFailedError when nothing is stored, and any other error when the
   * connection was lost and nobody knows.
   */
  commit(changes: readonly SessionChange[]): Promise<ReadonlySet<string>>;
  /** Returns the session with its users as it is stored now; null when there is none. */
  load(id: string): Promise<LoadedSession | null>;
  /** Returns the numbers of the latest events of the sessions that exist. */
  seqs(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Reads a part of the log of a session, oldest first unless told otherwise. */
  events(sessionId: string, range: Range): Promise<SessionEvent[]>;
  /**
   * Reads the events before a number that lead to the session as it was then, oldest first. It starts with the latest
   * event that holds the whole session, and leaves out events that do not change the session.
   */
  history(sessionId: string, before: number): Promise<SessionEvent[]>;
  /** Reads the events of a part of a log that change the code, the newest first. */
  codeEvents(sessionId: string, range: Omit<Range, 'newestFirst'>): Promise<SessionEvent[]>;
  /** Returns the Yjs document of a session; null when there is no such session. */
  document(sessionId: string): Promise<StoredDocument | null>;
  /** Stores that users were connected at a time. Returns those of them who are users. */
  saveSeen(users: readonly UserKey[], at: Date): Promise<ReadonlySet<UserKey>>;
  /** Stores a checkpoint without an event. Returns whether the session stood where it wants it. */
  checkpoint(checkpoint: Checkpoint): Promise<boolean>;
}

/** The database refused a statement and rolled it back: nothing of it is stored. */
export class StatementFailedError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
