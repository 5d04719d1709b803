import { createClient } from 'graphql-ws';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { ScratchServer } from '../../prisma/scratch.ts';
import { type AccessServer, OPERATOR_KEY, startAccessServer } from '../support/closed-server.ts';
import { startPostgresql } from '../support/database.ts';
import { type NetworkProxy, startProxy, through } from '../support/proxy.ts';
import { openSocket } from '../support/socket.ts';

const PEOPLE = 6;

let postgresql: ScratchServer;
let proxy: NetworkProxy;
let server: AccessServer;
beforeAll(async () => {
  postgresql = await startPostgresql();
  proxy = await startProxy(postgresql.url);
  server = await startAccessServer({
    DATABASE_URL: through(proxy, postgresql.url),
    DATABASE_CONNECT_TIMEOUT: '2000',
    DATABASE_STATEMENT_TIMEOUT: '2000',
    LOG_LEVEL: 'silent',
  });
});
afterAll(async () => {
  await server.close();
  proxy.close();
  await postgresql.remove();
});

/** Locks every table, as a migration of another program may. Returns what ends it. */
async function lockTables(): Promise<() => Promise<void>> {
  const client = new pg.Client(postgresql.url);
  await client.connect();
  await client.query('BEGIN');
  const { rows } = await client.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
  for (const { tablename } of rows) await client.query(`LOCK TABLE "${tablename}"`);
  return () => client.end();
}

/** Each makes the database be away, and returns what brings it back. */
const WAYS: Record<string, () => Promise<() => unknown>> = {
  'is stopped': async () => {
    await postgresql.stop();
    return postgresql.start;
  },
  'is silent': async () => {
    proxy.swallow(true);
    return () => {
      proxy.swallow(false);
      proxy.cut();
    };
  },
  'takes too long': lockTables,
};

describe.each(Object.entries(WAYS))('PostgreSQL %s', (_, leave) => {
  let sessionId: string;
  /** Nobody has shown them: the database alone knows them. */
  let tokens: string[];
  let comeBack: () => unknown;
  beforeAll(async () => {
    sessionId = (await server.rest('POST', '/sessions', OPERATOR_KEY, { code: 'kept' })).body.id;
    const people = Array.from({ length: PEOPLE }, () => server.participant(sessionId, 'CANDIDATE'));
    tokens = (await Promise.all(people)).map(({ token }) => token);
    comeBack = await leave();
  });
  const nextToken = () => tokens.pop() ?? '';

  test('a request with a credential is told so', async () => {
    for (const answer of [
      await server.rest('GET', `/sessions/${sessionId}`, nextToken()),
      await server.ask('{ viewer { kind } }', nextToken()),
    ]) {
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(answer.text).toContain('SERVICE_UNAVAILABLE');
    }
  });

  test('a WebSocket is told to come back later', async () => {
    const socket = await openSocket(server.graphql, { params: { token: nextToken() } });
    expect(await socket.closed).toBe(1013);
    const url = `${server.url.replace('http', 'ws')}/yjs/${sessionId}`;
    const editor = new WebSocket(url, [`bearer.${nextToken()}`]);
    expect(await new Promise((resolve) => editor.on('close', resolve))).toBe(1013);
  });

  test('a client of graphql-ws does, and finds everything as it was', async () => {
    let attempts = 0;
    const client = createClient({
      url: server.graphql.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { token: nextToken() },
      retryAttempts: 1_000,
      retryWait: async () => {
        attempts += 1;
        if (attempts === 1) await comeBack();
      },
    });
    const query = `subscription { session(id: "${sessionId}") { code } }`;
    const { value } = await client.iterate({ query }).next();
    expect(value).toEqual({ data: { session: { code: 'kept' } } });
    expect(attempts).toBeGreaterThan(0);
    await client.dispose();
  });
});
