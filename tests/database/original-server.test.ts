import fastify from 'fastify';
import { expect, inject, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openDatabase } from '../../src/database/client.ts';
import { applyEvent, type SessionEvent } from '../../src/events/event.ts';
import { SessionCreated } from '../../src/events/session-events.ts';
import type { SessionState } from '../../src/events/state.ts';
import { importOriginalSessions } from '../../src/original-server/import.ts';
import { clientsOf } from '../support/api-clients.ts';
import { databaseRole, databaseUrl, sql } from '../support/migrations.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { asLogged, storedSession } from '../support/stored-session.ts';

const CREATED = Date.parse('2024-03-09T10:11:12.345Z');
const JOINED = Date.parse('2024-03-09T10:12:00.500Z');
const DAY = 24 * 60 * 60 * 1_000;

const ADA = { id: 'ada00001', name: 'Ada Łovelace', color: '#f472b6', joinedAt: JOINED };
const BOB = { id: 'bob00001', name: 'Bob', color: '#22d3ee', joinedAt: JOINED + 2_000 };

async function start(url: string): Promise<TestServer> {
  const server = await startTestServer({ DATABASE_URL: url, LOG_LEVEL: 'silent' });
  onTestFinished(server.close);
  return server;
}

async function run(url: string, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql(url, statement);
}

/** Opens the database as a start does, and returns what it logs. */
async function logOfStart(url: string): Promise<string> {
  let logged = '';
  const stream = {
    write: (line: string) => {
      logged += line;
    },
  };
  const { log } = fastify({ logger: { level: 'info', stream } });
  const { close } = await openDatabase(readConfig({ DATABASE_URL: url }), log, importOriginalSessions);
  await close();
  return logged;
}

/** The tables with Unix milliseconds and words in lower case. */
const TABLES = [
  `CREATE TABLE sessions (id VARCHAR(10) PRIMARY KEY, code TEXT NOT NULL, language VARCHAR(20) NOT NULL,
    status VARCHAR(20) NOT NULL, created_at BIGINT NOT NULL)`,
  `CREATE TABLE users (id VARCHAR(8) PRIMARY KEY, session_id VARCHAR(10) NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    name VARCHAR(100) NOT NULL, color VARCHAR(7) NOT NULL, joined_at BIGINT NOT NULL)`,
  'CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)',
];

const ROWS = [
  `INSERT INTO sessions VALUES ('abcdefghij', 'print("ä€😀")', 'python', 'completed', ${CREATED})`,
  `INSERT INTO sessions VALUES ('Zz_-456789', '', 'typescript', 'active', ${CREATED + DAY})`,
  `INSERT INTO users VALUES ('bob00001', 'abcdefghij', 'Bob', '#22d3ee', ${JOINED + 2_000})`,
  `INSERT INTO users VALUES ('ada00001', 'abcdefghij', 'Ada Łovelace', '#f472b6', ${JOINED})`,
];

/** The spellings that the tables may have, beside the first. Dates without an offset are UTC. */
const SPELLINGS: Record<string, (isPostgresql: boolean) => string[]> = {
  'Unix milliseconds and words in lower case': () => [...TABLES, ...ROWS],
  'dates and words in upper case': (isPostgresql) => {
    const enums = [
      "language AS ENUM ('JAVASCRIPT', 'TYPESCRIPT', 'PYTHON')",
      "status AS ENUM ('ACTIVE', 'COMPLETED')",
    ];
    return [
      ...(isPostgresql ? enums.map((definition) => `CREATE TYPE ${definition}`) : []),
      `CREATE TABLE sessions (created_at TIMESTAMP NOT NULL, id VARCHAR PRIMARY KEY, code TEXT,
        language ${isPostgresql ? 'language' : 'VARCHAR(10)'}, status ${isPostgresql ? 'status' : 'VARCHAR(9)'}, extra TEXT)`,
      `CREATE TABLE users (id VARCHAR, session_id VARCHAR, name VARCHAR, color VARCHAR, joined_at ${isPostgresql ? 'TIMESTAMPTZ' : 'DATETIME'})`,
      `INSERT INTO sessions VALUES ('2024-03-09 10:11:12.345678', 'abcdefghij', 'print("ä€😀")', 'PYTHON', 'COMPLETED', NULL)`,
      `INSERT INTO sessions VALUES ('2024-03-10 10:11:12.345', 'Zz_-456789', NULL, 'TYPESCRIPT', NULL, '')`,
      `INSERT INTO users VALUES ('bob00001', 'abcdefghij', 'Bob', '#22d3ee', '2024-03-09 10:12:02.500+00:00')`,
      `INSERT INTO users VALUES ('ada00001', 'abcdefghij', 'Ada Łovelace', '#f472b6', '2024-03-09 13:12:00.500999+03:00')`,
    ];
  },
  'camel case and seconds': () => [
    `CREATE TABLE "sessions" ("id" TEXT, "code" TEXT, "language" TEXT, "status" TEXT, "createdAt" DOUBLE PRECISION)`,
    `CREATE TABLE "users" ("sessionId" TEXT, "id" TEXT, "name" TEXT, "color" TEXT, "joinedAt" DOUBLE PRECISION)`,
    `INSERT INTO sessions VALUES ('abcdefghij', 'print("ä€😀")', 'python', 'completed', ${CREATED / 1_000})`,
    `INSERT INTO sessions VALUES ('Zz_-456789', '', 'typescript', 'active', ${(CREATED + DAY) / 1_000})`,
    `INSERT INTO users VALUES ('abcdefghij', 'bob00001', 'Bob', '#22d3ee', ${JOINED / 1_000 + 2})`,
    `INSERT INTO users VALUES ('abcdefghij', 'ada00001', 'Ada Łovelace', '#f472b6', ${JOINED / 1_000})`,
  ],
};

async function logOf({ app }: TestServer, id: string): Promise<SessionEvent[]> {
  const events: SessionEvent[] = [];
  for await (const event of app.events.log.read(id, 0)) events.push(event);
  return events;
}

function replay([created, ...later]: readonly SessionEvent[]): SessionState | null {
  return later.reduce<SessionState | null>(
    (state, event) => state && applyEvent(state, event),
    SessionCreated.data.parse(created?.data).session,
  );
}

async function expectConsistentLog(server: TestServer, id: string): Promise<void> {
  const events = await logOf(server, id);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(asLogged(replay(events))).toEqual(asLogged(await storedSession(server.app.db, id)));
}

test.each(Object.entries(SPELLINGS))(
  'sessions of the original server answer as they were: %s',
  async (_, spell) => {
    const url = await databaseUrl();
    await run(url, spell(!url.startsWith('file:')));
    const rows = () => Promise.all(['sessions', 'users'].map((table) => sql(url, `SELECT * FROM ${table}`)));
    const before = await rows();
    const server = await start(url);

    const client = clientsOf(server).REST;
    expect(await client.getSession('abcdefghij')).toEqual({
      id: 'abcdefghij',
      code: 'print("ä€😀")',
      language: 'PYTHON',
      status: 'COMPLETED',
      users: [ADA, BOB],
      createdAt: CREATED,
    });
    expect(await client.getSession('Zz_-456789')).toMatchObject({
      code: '',
      language: 'TYPESCRIPT',
      status: 'ACTIVE',
      users: [],
      createdAt: CREATED + DAY,
    });
    expect(await rows()).toEqual(before);

    for (const id of ['abcdefghij', 'Zz_-456789']) {
      await expectConsistentLog(server, id);
      expect((await client.join(id)).value).toBeDefined();
      await client.updateSession(id, { code: 'changed' });
      await expectConsistentLog(server, id);
    }
    expect((await logOf(server, 'abcdefghij')).map(({ type, actor }) => [type, actor]).slice(0, 3)).toEqual([
      ['SessionCreated', null],
      ['UserJoined', ADA.id],
      ['UserJoined', BOB.id],
    ]);
  },
);

test('the log says what was imported; what is deleted afterwards does not come back', async () => {
  const url = await databaseUrl();
  await run(url, [...TABLES, ...ROWS]);
  const first = (await logOfStart(url)).trim().split('\n');
  expect(first.map((line) => JSON.parse(line).msg)).toEqual([
    'Importing the sessions of the original server from its table sessions',
    'Imported 2 sessions with 2 users of the original server',
  ]);
  const server = await start(url);
  await clientsOf(server).REST.deleteSession('abcdefghij');
  await server.close();
  expect(await logOfStart(url)).toBe('');
  expect(await clientsOf(await start(url)).REST.getSession('abcdefghij')).toBeNull();
  expect(await sql(url, 'SELECT * FROM sessions')).toHaveLength(2);
});

test('servers that start at once import once', async () => {
  const url = await databaseUrl();
  await run(url, [...TABLES, ...ROWS]);
  const logs = await Promise.all(Array.from({ length: 3 }, () => logOfStart(url)));
  expect(logs.filter((log) => log.includes('Imported 2 sessions with 2 users'))).toHaveLength(1);
  // One SQLite file has one server at a time.
  const others = logs.join('').replaceAll(/^.*Waiting for the database.*$/gm, '');
  expect(others).not.toMatch(/"level":[45]0/);
});

test('tables that come into a database of this server later are imported at the next start', async () => {
  const url = await databaseUrl();
  const before = await start(url);
  const { value } = await clientsOf(before).REST.createSession({ code: 'new' });
  await before.close();
  await run(url, [
    ...TABLES,
    ...ROWS,
    `INSERT INTO sessions VALUES ('${value?.id}', 'old', 'python', 'active', ${CREATED})`,
  ]);
  expect(await logOfStart(url)).toMatch(
    /Imported 2 sessions with 2 users.*the id is taken.*1 sessions and 0 users do not fit/s,
  );
  const server = await start(url);
  expect(await clientsOf(server).REST.getSession('abcdefghij')).toMatchObject({ users: [ADA, BOB] });
  expect(await clientsOf(server).REST.getSession(value?.id ?? '')).toMatchObject({ code: 'new' });
});

test('rows that do not fit are counted, with the reason, and the others imported', async () => {
  const url = await databaseUrl();
  await run(url, [
    ...TABLES.map((table) => table.replaceAll(/ NOT NULL| REFERENCES .*CASCADE/g, '')),
    ...ROWS,
    `INSERT INTO sessions VALUES ('language00', '', 'cobol', 'active', ${CREATED})`,
    `INSERT INTO sessions VALUES ('notime0000', '', 'python', 'active', NULL)`,
    `INSERT INTO users VALUES ('eve00001', 'language00', 'Eve', '#22d3ee', ${JOINED})`,
    `INSERT INTO users VALUES ('eve00002', 'nosession0', 'Eve', '#22d3ee', ${JOINED})`,
    `INSERT INTO users VALUES ('eve00003', 'abcdefghij', NULL, '#34d399', ${JOINED})`,
  ]);
  const [, imported, skipped] = (await logOfStart(url))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(imported.msg).toBe('Imported 2 sessions with 2 users of the original server');
  expect(skipped.msg).toMatch(/2 sessions and 3 users do not fit/);
  expect(skipped.reasons).toEqual([
    expect.stringMatching(/^user eve00003: name /),
    expect.stringMatching(/^session language00: language /),
    expect.stringMatching(/^session notime0000: createdAt /),
  ]);
});

test('of more than ten users the first ten are imported, with colours of their own', async () => {
  const url = await databaseUrl();
  const users = Array.from({ length: 12 }, (_, index) => {
    const color = index < 3 ? '#22d3ee' : `#00000${index % 10}`;
    return `INSERT INTO users VALUES ('user00${10 + index}', 'Zz_-456789', 'User ${index}', '${color}', ${JOINED + (index % 6)})`;
  });
  await run(url, [...TABLES, ...ROWS, ...users]);
  expect(await logOfStart(url)).toMatch(
    /2 sessions with 12 users.*the session is full.*0 sessions and 2 users/s,
  );
  const server = await start(url);
  const session = await clientsOf(server).GraphQL.getSession('Zz_-456789');
  expect(session?.users.map(({ name }) => name).slice(0, 4)).toEqual([
    'User 0',
    'User 6',
    'User 1',
    'User 7',
  ]);
  const colors = session?.users.map(({ color }) => color) ?? [];
  expect(colors).toHaveLength(10);
  expect(new Set(colors).size).toBe(10);
  expect(colors.slice(0, 3)).toEqual(['#22d3ee', '#000006', '#a78bfa']);
  await expectConsistentLog(server, 'Zz_-456789');
  expect((await clientsOf(server).GraphQL.join('Zz_-456789')).failure?.code).toBe('SESSION_AT_CAPACITY');
});

test.runIf(inject('postgresqlUrl'))(
  'PostgreSQL: tables that may not be read are told, and imported once they may',
  async () => {
    const url = await databaseUrl();
    const { role, url: own } = await databaseRole(url);
    await sql(url, `GRANT CREATE ON SCHEMA public TO ${role}`);
    await run(url, [...TABLES, ...ROWS]);
    expect(await logOfStart(own)).toMatch(/could not be imported \(permission denied for table \w+\)/);
    await sql(url, `GRANT SELECT ON sessions, users TO ${role}`);
    expect(await logOfStart(own)).toContain('Imported 2 sessions with 2 users');
  },
);

test('many sessions are imported page by page', async () => {
  const url = await databaseUrl();
  const session = (index: number) =>
    `('s${String(index).padStart(9, '0')}', 'code ${index}', 'python', 'active', ${CREATED})`;
  const user = (index: number) =>
    `('u${String(index).padStart(7, '0')}', 's${String(index).padStart(9, '0')}', 'User', '#22d3ee', ${JOINED})`;
  const numbers = Array.from({ length: 321 }, (_, index) => index);
  await run(url, [
    ...TABLES,
    `INSERT INTO sessions VALUES ${numbers.map(session)}`,
    `INSERT INTO users VALUES ${numbers.map(user)}`,
  ]);
  expect(await logOfStart(url)).toContain('Imported 321 sessions with 321 users');
  const server = await start(url);
  expect(await clientsOf(server).REST.getSession('s000000320')).toMatchObject({ code: 'code 320' });
});

test('sessions without a table of users are imported, and it is said', async () => {
  const url = await databaseUrl();
  await run(url, [...TABLES, ...ROWS, 'ALTER TABLE users RENAME COLUMN joined_at TO since']);
  expect(await logOfStart(url)).toMatch(/Imported 2 sessions with 0 users.*No table of users/s);
});

test('tables of the same names with other columns are left alone', async () => {
  const url = await databaseUrl();
  await run(url, ['CREATE TABLE sessions (sid TEXT, data TEXT)', "INSERT INTO sessions VALUES ('x', 'y')"]);
  expect(await logOfStart(url)).toBe('');
});
