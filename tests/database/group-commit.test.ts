import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Database } from '../../src/database/client.ts';
import type { SessionChange, SessionStore } from '../../src/database/session-store.ts';
import { commitInGroups } from '../../src/events/change.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  AT,
  eventOf,
  NOTHING,
  newStoredSession,
  queuedExecution,
  rowsOf,
  userOf,
} from '../support/session-changes.ts';
import { storedSession } from '../support/stored-session.ts';

const isPostgresql = Boolean(inject('postgresqlUrl'));

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
