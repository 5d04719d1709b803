import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { databaseUrl, sql } from '../support/migrations.ts';
import { spawnServer } from '../support/process.ts';
import { hasRedis, startRedis } from '../support/redis.ts';

const ORIGIN = 'http://localhost:5173';
const CREATED = Date.parse('2024-03-09T10:11:12.345Z');

const TABLES = [
  `CREATE TABLE sessions (id VARCHAR(10) PRIMARY KEY, code TEXT NOT NULL, language VARCHAR(20) NOT NULL,
    status VARCHAR(20) NOT NULL, created_at BIGINT NOT NULL)`,
  `CREATE TABLE users (id VARCHAR(8) PRIMARY KEY, session_id VARCHAR(10) NOT NULL REFERENCES sessions (id),
    name VARCHAR(100) NOT NULL, color VARCHAR(7) NOT NULL, joined_at BIGINT NOT NULL)`,
  `INSERT INTO sessions VALUES ('abcdefghij', 'print(6 * 7)', 'python', 'active', ${CREATED})`,
  `INSERT INTO users VALUES ('ada00001', 'abcdefghij', 'Ada', '#22d3ee', ${CREATED + 1})`,
];

/** The URL as SQLAlchemy spells it, with the driver. */
function inSqlAlchemy(url: string): string {
  return url.startsWith('file:')
    ? url.replace('file://', 'sqlite+aiosqlite:///')
    : url.replace(/^postgres(ql)?:/, 'postgresql+asyncpg:');
}

test('starts with the settings of the original server, on its database, and its clients go on', async () => {
  const url = await databaseUrl();
  for (const statement of TABLES) await sql(url, statement);
  const folder = await mkdtemp(join(tmpdir(), 'original-settings-'));
  const server = spawnServer(
    {
      DATABASE_URL: inSqlAlchemy(url),
      ...(hasRedis && { REDIS_URL: `${(await startRedis()).url}/0` }),
      CORS_ORIGINS: `${ORIGIN},http://localhost:3000`,
      PORT: '0',
      PYTHONUNBUFFERED: '1',
    },
    folder,
  );
  onTestFinished(async () => {
    server.child.kill('SIGTERM');
    await server.exit();
    await rm(folder, { recursive: true });
  });

  const session = `${await server.url()}/api/v1/sessions/abcdefghij`;
  const response = await fetch(session, { headers: { origin: ORIGIN } });
  expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  const old = {
    id: 'abcdefghij',
    code: 'print(6 * 7)',
    language: 'python',
    users: [{ id: 'ada00001', name: 'Ada', color: '#22d3ee', joinedAt: CREATED + 1 }],
    createdAt: CREATED,
    status: 'active',
  };
  expect(await response.json()).toEqual(old);
  await server.waitFor(/Imported 1 sessions with 1 users of the original server/);

  const headers = { 'content-type': 'application/json' };
  const patched = await fetch(session, { method: 'PATCH', headers, body: '{"code":"print(7)"}' });
  expect(await patched.json()).toEqual({ ...old, code: 'print(7)' });
  const joined = await fetch(`${session}/users`, { method: 'POST', headers, body: '{"name":"Bob"}' });
  expect(joined.status).toBe(201);
});
