import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/database/client.ts';
import type { SessionStore } from '../../src/database/session-store.ts';
import { newExecutionId, newSessionId } from '../../src/ids.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  AT,
  creation,
  eventOf,
  NOTHING,
  newStoredSession,
  queuedExecution,
  rowsOf,
  userOf,
} from '../support/session-changes.ts';
import { storedSession } from '../support/stored-session.ts';

let server: TestServer;
let db: Database;
let store: SessionStore;
beforeAll(async () => {
  server = await startTestServer();
  ({ db, store } = server.app);
});
afterAll(() => server.close());

const newSession = () => newStoredSession(store);
const rows = (table: string, sessionId: string) => rowsOf(db, table, sessionId);

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

  test('when users were last connected: of those that there are, each once', async () => {
    const id = await newSession();
    const [ada, bob] = [userOf(id, 2, '#1'), userOf(id, 3, '#2')];
    for (const joined of [ada, bob]) {
      const event = eventOf(id, joined.joinedSeq, 'UserJoined');
      await store.commit([{ ...NOTHING, event, joined }]);
    }
    const [here, again, gone] = [ada.id, ada.id, 'nobody'].map((userId) => ({ sessionId: id, userId }));
    if (!here || !again || !gone) throw new Error('There are three');
    const later = new Date(AT.getTime() + 1);
    expect(await store.saveSeen([here], AT)).toEqual(new Set([here]));
    expect(await store.saveSeen([gone, again, here], later)).toEqual(new Set([again, here]));
    await db.lastSeen.create({ data: { sessionId: id, userId: bob.id, at: later } });
    const seen = await rows('LastSeen', id);
    expect(seen).toHaveLength(2);
    expect(seen.map(({ at }) => at)).toEqual([seen[0]?.['at'], seen[0]?.['at']]);
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
