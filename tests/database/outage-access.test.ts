import { createClient } from 'graphql-ws';
import { beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { ScratchServer } from '../../prisma/scratch.ts';
import { type AccessServer, OPERATOR_KEY, startAccessServer } from '../support/closed-server.ts';
import { startPostgresql } from '../support/database.ts';
import { openSocket } from '../support/socket.ts';

const PEOPLE = 6;

let postgresql: ScratchServer;
let server: AccessServer;
let sessionId: string;
/** Tokens that nobody has shown: the database alone knows them. */
let tokens: string[];
beforeAll(async () => {
  postgresql = await startPostgresql();
  server = await startAccessServer({
    DATABASE_URL: postgresql.url,
    DATABASE_CONNECT_TIMEOUT: '1000',
    LOG_LEVEL: 'silent',
  });
  sessionId = (await server.rest('POST', '/sessions', OPERATOR_KEY, { code: 'kept' })).body.id;
  const people = Array.from({ length: PEOPLE }, () => server.participant(sessionId, 'CANDIDATE'));
  tokens = (await Promise.all(people)).map(({ token }) => token);
  await postgresql.stop();
  return () => postgresql.remove();
});

const nextToken = () => tokens.pop() ?? '';

test('a request with a credential is told that the database is away', async () => {
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
  const editor = new WebSocket(`${server.url.replace('http', 'ws')}/yjs/${sessionId}`, [
    `bearer.${nextToken()}`,
  ]);
  expect(await new Promise((resolve) => editor.on('close', resolve))).toBe(1013);
});

test('a client of graphql-ws does, and finds everything as it was', async () => {
  const attempts: unknown[] = [];
  const client = createClient({
    url: server.graphql.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { token: nextToken() },
    retryAttempts: 1_000,
    retryWait: async () => {
      attempts.push('');
      if (attempts.length === 1) await postgresql.start();
    },
  });
  const query = `subscription { session(id: "${sessionId}") { code } }`;
  const { value } = await client.iterate({ query }).next();
  expect(value).toEqual({ data: { session: { code: 'kept' } } });
  expect(attempts.length).toBeGreaterThan(0);
  await client.dispose();
});
