import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Database } from '../../src/database/client.ts';
import type { SessionChange, SessionStore } from '../../src/database/session-store.ts';
import { commitInGroups } from '../../src/events/change.ts';
import { newExecutionId, newSessionId, newUserId } from '../../src/ids.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { storedSession } from '../support/stored-session.ts';

let server: TestServer;
let db: Database;
let store: SessionStore;
beforeAll(async () => {
  server = await startTestServer();
  ({ db, store } = server.app);
});
afterAll(() => server.close());

const AT = new Date('2031-02-03T04:05:06.789Z');
const isPostgresql = Boolean(inject('postgresqlUrl'));

function eventOf(sessionId: string, seq: number, type = 'SessionUpdated') {
  return { sessionId, seq, type, data: '{"text":"ä😀\\u0001\\"\'"}', actor: null, at: AT, actorName: null };
}

const NOTHING = {
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

function creation(id = newSessionId()): SessionChange {
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

const userOf = (sessionId: string, joinedSeq: number, color: string) => ({
  sessionId,
  id: newUserId(),
  name: 'Ada Łovelace',
  color,
  joinedAt: AT,
  joinedSeq,
  role: 'HOST' as const,
  externalId: null,
});

const queuedExecution = (sessionId: string | null) => ({
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
});

async function newSession(): Promise<string> {
  const change = creation();
  await store.commit([change]);
  return change.event.sessionId;
}

/** Reads a table as the database holds it, past every conversion. */
function rows(table: string, sessionId: string): Promise<Record<string, unknown>[]> {
  const column = table === 'Session' ? 'id' : 'sessionId';
  const order = table === 'SessionEvent' ? ', "seq"' : '';
  return db.$queryRawUnsafe(`SELECT * FROM "${table}" WHERE "${column}" = '${sessionId}' ORDER BY 1${order}`);
}

describe('what the hot statements store is what Prisma stores', () => {
  const strip = (list: Record<string, unknown>[]) => list.map(({ id, sessionId, ...row }) => row);

  test('a session, its events, its users, and the end of an execution', async () => {
    const hot = creation();
    const cold = creation();
    const [hotId, coldId] = [hot.event.sessionId, cold.event.sessionId];
    const execution = queuedExecution(null);
    const end = {
      status: 'FAILED' as const,
      stdout: 'ä😀',
      stderr: 'no',
      droppedBytes: 3,
      exitCode: 1,
      error: 'it is "bad"',
      executionTime: 0.125,
      memoryPeak: 12_345_678,
      startedAt: AT,
      finishedAt: AT,
    };
    await store.commit([hot]);
    await db.execution.create({ data: { ...execution, sessionId: hotId, instanceId: 'one' } });
    const [ada, bob] = [userOf(hotId, 2, '#1'), { ...userOf(hotId, 3, '#2'), externalId: 'b-1' }];
    const fields = {
      code: 'new',
      codeSeq: 5,
      editSize: 77,
      epoch: 1,
      language: 'TYPESCRIPT' as const,
      status: 'COMPLETED' as const,
      locks: 'EDITING,RUNNING',
      expiresAt: AT,
    };
    const state = new Uint8Array([0, 1, 128, 255]);
    const client = { sessionId: hotId, clientId: '4294967295', epoch: 1, userId: bob.id };
    const nobody = { ...client, clientId: '1000', userId: null };
    for (const change of [
      { ...NOTHING, event: eventOf(hotId, 2, 'UserJoined'), joined: ada },
      {
        ...NOTHING,
        event: { ...eventOf(hotId, 3, 'UserJoined'), actor: bob.id, actorName: 'Bob' },
        joined: bob,
      },
      { ...NOTHING, event: eventOf(hotId, 4, 'UserLeft'), left: ada.id },
      { ...NOTHING, event: eventOf(hotId, 5), fields, document: { state, clients: [client, nobody] } },
      {
        ...NOTHING,
        epoch: 1,
        event: eventOf(hotId, 6, 'ExecutionFinished'),
        execution: { ...execution, ...end, sessionId: hotId },
      },
    ]) {
      expect([...(await store.commit([change]))]).toEqual([hotId]);
    }

    const row = { ...cold.created, ...fields, seq: 6 };
    if (!cold.created) throw new Error('It is a creation');
    await db.session.create({ data: { ...cold.created, ...row } });
    await db.user.create({ data: { ...bob, sessionId: coldId } });
    await db.document.create({ data: { sessionId: coldId, state } });
    for (const row of [client, nobody]) {
      await db.documentClient.create({ data: { ...row, sessionId: coldId } });
    }
    for (const event of await store.events(hotId, { after: 0, before: 7, limit: 10 })) {
      await db.sessionEvent.create({ data: { ...event, sessionId: coldId } });
    }
    await db.execution.create({
      data: { ...execution, ...end, id: newExecutionId(), sessionId: coldId, instanceId: 'one' },
    });

    for (const table of ['Session', 'User', 'SessionEvent', 'Execution', 'Document', 'DocumentClient']) {
      const stored = strip(await rows(table, hotId));
      expect(stored.length, table).toBeGreaterThan(0);
      expect(stored, table).toEqual(strip(await rows(table, coldId)));
    }
    expect(await store.load(hotId)).toEqual({ session: await storedSession(db, hotId), edits: [] });
    const events = await db.sessionEvent.findMany({ where: { sessionId: hotId }, orderBy: { seq: 'asc' } });
    expect(await store.events(hotId, { after: 0, before: 100, limit: 100 })).toEqual(events);
    const newest = await store.events(hotId, { after: 1, before: 6, limit: 2, newestFirst: true });
    expect(newest.map(({ seq }) => seq)).toEqual([5, 4]);
  });

  test('a document, and the events that change it or lead to a session', async () => {
    const id = await newSession();
    const types = [
      'UserJoined',
      'CodeEdited',
      'SessionUpdated',
      'CodeEdited',
      'ExecutionStarted',
      'CodeEdited',
    ];
    for (const [i, type] of types.entries()) {
      await store.commit([{ ...NOTHING, event: { ...eventOf(id, i + 2, type), data: String(i) } }]);
    }
    const state = new Uint8Array([7, 0, 200]);
    const place = { sessionId: id, seq: 7, epoch: 0, newEpoch: 1, code: 'now', state };
    expect(await store.checkpoint({ ...place, seq: 6 })).toBe(false);
    expect(await store.checkpoint({ ...place, epoch: 1 })).toBe(false);
    expect(await store.document(id)).toMatchObject({ session: { codeSeq: 1, epoch: 0 }, state: null });
    expect(await store.checkpoint(place)).toBe(true);
    await store.commit([{ ...NOTHING, epoch: 1, event: eventOf(id, 8, 'CodeEdited') }]);
    const document = await store.document(id);
    const { users: _, ...session } = (await storedSession(db, id)) ?? { users: [] };
    expect(document).toMatchObject({ session, clients: [], events: [{ seq: 8 }] });
    expect(session).toMatchObject({ code: 'now', codeSeq: 7, epoch: 1, seq: 8 });
    expect(Buffer.from(document?.state ?? [])).toEqual(Buffer.from(state));
    expect(await store.load(id)).toMatchObject({ edits: [eventOf(id, 8).data] });
    expect(await store.checkpoint({ ...place, seq: 8, epoch: 1, state: new Uint8Array([1]) })).toBe(true);
    expect((await store.document(id))?.state).toHaveLength(1);

    const history = async (before: number) => (await store.history(id, before)).map(({ seq }) => seq);
    expect(await history(1)).toEqual([]);
    expect(await history(4)).toEqual([1, 2, 3]);
    expect(await history(5)).toEqual([4]);
    expect(await history(9)).toEqual([4, 5, 7, 8]);
    const edited = await store.codeEvents(id, { after: 3, before: 8, limit: 2 });
    expect(edited.map(({ seq }) => seq)).toEqual([7, 5]);
    expect(await store.document(newSessionId())).toBeNull();
  });

  test('sessions that are not there have no state and no number', async () => {
    const id = await newSession();
    expect(await store.load(newSessionId())).toBeNull();
    expect(await store.seqs([id, newSessionId()])).toEqual(new Map([[id, 1]]));
  });
});

describe('a change that comes too late stores nothing', () => {
  test.each([1, 3, 100])('the session does not stand before %d', async (seq) => {
    const id = await newSession();
    const other = await newSession();
    const late = {
      ...NOTHING,
      event: eventOf(id, seq),
      fields: { code: 'late' },
      joined: userOf(id, seq, '#1'),
    };
    const good = { ...NOTHING, event: eventOf(other, 2), fields: { code: 'good' } };
    expect(await store.commit([late, good])).toEqual(new Set([other]));
    expect(await storedSession(db, id)).toMatchObject({ seq: 1, code: 'ä😀\n', users: [] });
    expect(await rows('SessionEvent', id)).toHaveLength(1);
    expect(await storedSession(db, other)).toMatchObject({ seq: 2, code: 'good' });
  });

  test('the session is in another epoch', async () => {
    const id = await newSession();
    const late = { ...NOTHING, epoch: 1, event: eventOf(id, 2), fields: { code: 'late' } };
    expect(await store.commit([late])).toEqual(new Set());
    expect(await storedSession(db, id)).toMatchObject({ seq: 1, code: 'ä😀\n' });
  });

  test('the session is gone', async () => {
    expect(await store.commit([{ ...NOTHING, event: eventOf(newSessionId(), 2) }])).toEqual(new Set());
  });
});

/** Makes the database refuse one kind of statement for one session, from which all others must not suffer. */
const STATEMENTS: readonly [statement: string, table: string, operation: string, column: string][] = [
  ['the session is raised', 'Session', 'UPDATE', 'NEW.id'],
  ['the event is appended', 'SessionEvent', 'INSERT', 'NEW."sessionId"'],
  ['the user joins', 'User', 'INSERT', 'NEW."sessionId"'],
  ['the user leaves', 'User', 'DELETE', 'OLD."sessionId"'],
  ['the execution ends', 'Execution', 'UPDATE', 'NEW."sessionId"'],
  ['the document is saved', 'Document', 'INSERT', 'NEW."sessionId"'],
  ['a client of the document is counted', 'DocumentClient', 'INSERT', 'NEW."sessionId"'],
];

describe.each(STATEMENTS)('a group of which one change fails where %s', (_, table, operation, column) => {
  async function refuse(victim: string): Promise<void> {
    const when = `BEFORE ${operation} ON "${table}"`;
    if (!isPostgresql) {
      await db.$executeRawUnsafe(
        `CREATE TRIGGER refuse ${when} WHEN ${column} = '${victim}' BEGIN SELECT RAISE(ABORT, 'refused'); END`,
      );
      return;
    }
    await db.$executeRawUnsafe(`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF ${column} = '${victim}' THEN RAISE 'refused'; END IF; RETURN coalesce(NEW, OLD); END $$`);
    await db.$executeRawUnsafe(`CREATE TRIGGER refuse ${when} FOR EACH ROW EXECUTE FUNCTION refuse()`);
  }

  afterEach(async () => {
    await db.$executeRawUnsafe(`DROP TRIGGER refuse${isPostgresql ? ` ON "${table}"` : ''}`);
  });

  test('nothing of it is stored, and all of the others', async () => {
    const commits = commitInGroups(store);
    const [victim = '', ...others] = await Promise.all([1, 2, 3, 4].map(newSession));
    // In each is one user, whom the change that fails would exchange for another, and one execution, which ends.
    for (const id of [victim, ...others]) {
      await db.user.create({ data: userOf(id, 1, '#1') });
      await db.execution.create({ data: queuedExecution(id) });
    }
    const before = await storedSession(db, victim);
    await refuse(victim);
    const change = async (sessionId: string): Promise<SessionChange> => {
      const execution = await db.execution.findFirstOrThrow({ where: { sessionId } });
      const client = { sessionId, clientId: '7', epoch: 0, userId: null };
      return {
        ...NOTHING,
        event: eventOf(sessionId, 2),
        fields: { code: 'new' },
        joined: userOf(sessionId, 2, '#2'),
        execution: { ...execution, status: 'SUCCEEDED', finishedAt: AT },
        document: { state: new Uint8Array([1]), clients: [client] },
      };
    };
    const [bad, ...good] = await Promise.all([victim, ...others].map(change));
    if (!bad) throw new Error('There is no change that fails');
    const failing = commits.run({ ...bad, left: before?.users[0]?.id ?? '' });
    const stored = Promise.all(good.map((each) => commits.run(each)));
    await expect(failing).rejects.toThrow('refused');
    expect(await stored).toEqual([true, true, true]);

    expect(await storedSession(db, victim)).toEqual(before);
    expect(await rows('SessionEvent', victim)).toHaveLength(1);
    expect(await rows('Execution', victim)).toMatchObject([{ status: 'QUEUED' }]);
    for (const table of ['Document', 'DocumentClient']) expect(await rows(table, victim)).toEqual([]);
    for (const id of others) {
      expect(await storedSession(db, id)).toMatchObject({
        seq: 2,
        code: 'new',
        users: [{}, { color: '#2' }],
      });
      expect(await rows('SessionEvent', id)).toHaveLength(2);
      expect(await rows('Execution', id)).toMatchObject([{ status: 'SUCCEEDED' }]);
      for (const table of ['Document', 'DocumentClient']) expect(await rows(table, id)).toHaveLength(1);
    }
  });
});
