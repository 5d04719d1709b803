import type { Database } from '../../src/database/client.ts';
import type { SessionChange, SessionStore } from '../../src/database/session-store.ts';
import { newExecutionId, newSessionId, newUserId } from '../../src/ids.ts';

export const AT = new Date('2031-02-03T04:05:06.789Z');

export function eventOf(sessionId: string, seq: number, type = 'SessionUpdated') {
  return { sessionId, seq, type, data: '{"text":"ä😀\\u0001\\"\'"}', actor: null, at: AT, actorName: null };
}

export const NOTHING = {
  epoch: 0,
  fields: {},
  created: null,
  joined: null,
  left: null,
  changedRole: null,
  execution: null,
  document: null,
  token: null,
  invite: null,
  endsTokens: false,
  revokesInvitesOf: null,
};

export function creation(id = newSessionId()): SessionChange {
  const created = {
    id,
    code: 'ä😀\n',
    language: 'PYTHON' as const,
    status: 'ACTIVE' as const,
    codeSeq: 1,
    epoch: 0,
    editSize: 0,
    seq: 1,
    createdAt: AT,
    updatedAt: AT,
    owner: null,
    locks: '',
    expiresAt: null,
  };
  return { ...NOTHING, event: eventOf(id, 1, 'SessionCreated'), created };
}

export const userOf = (sessionId: string, joinedSeq: number, color: string) => ({
  sessionId,
  id: newUserId(),
  name: 'Ada Łovelace',
  color,
  joinedAt: AT,
  joinedSeq,
  role: 'HOST' as const,
  externalId: null,
});

export const queuedExecution = (sessionId: string | null) => ({
  id: newExecutionId(),
  sessionId,
  language: 'PYTHON' as const,
  code: 'x',
  status: 'QUEUED' as const,
  stdout: '',
  stderr: '',
  droppedBytes: 0,
  exitCode: null,
  error: null,
  executionTime: null,
  memoryPeak: null,
  createdAt: AT,
  startedAt: null,
  finishedAt: null,
  startedBy: null,
});

/** Stores a new session. Returns its id. */
export async function newStoredSession(store: SessionStore): Promise<string> {
  const change = creation();
  await store.commit([change]);
  return change.event.sessionId;
}

/** Reads a table as the database holds it, past every conversion. */
export function rowsOf(db: Database, table: string, sessionId: string): Promise<Record<string, unknown>[]> {
  const column = table === 'Session' ? 'id' : 'sessionId';
  const order = table === 'SessionEvent' ? ', "seq"' : '';
  return db.$queryRawUnsafe(`SELECT * FROM "${table}" WHERE "${column}" = '${sessionId}' ORDER BY 1${order}`);
}
