import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ScratchServer } from '../../prisma/scratch.ts';
import { graphql } from '../generated/gql.ts';
import { clientsOf } from '../support/api-clients.ts';
import { startPostgresql } from '../support/database.ts';
import { programsAt } from '../support/executions.ts';
import { request } from '../support/graphql.ts';
import { startTestServer } from '../support/server.ts';
import { subscribe } from '../support/subscribe.ts';

const SessionCode = graphql(`query SessionCode($id: ID!) { session(id: $id) { code } }`);

const SeqsAfter = graphql(`
  subscription SeqsAfter($sessionId: ID!) { sessionEvents(sessionId: $sessionId, after: 0) { seq } }
`);

async function startServerLater(postgresql: ScratchServer) {
  const starting = startTestServer({
    DATABASE_URL: postgresql.url,
    LOG_LEVEL: 'silent',
  });
  await postgresql.start();
  return starting;
}

describe('PostgreSQL goes away and comes back', () => {
  test('requests are told so, and afterwards everything goes on without a restart', async () => {
    const postgresql = await startPostgresql();
    onTestFinished(postgresql.remove);
    const server = await startTestServer({
      DATABASE_URL: postgresql.url,
      DATABASE_CONNECT_TIMEOUT: '1000',
      LOG_LEVEL: 'silent',
    });
    onTestFinished(server.close);
    const client = clientsOf(server).REST;
    const id = (await client.createSession({ code: 'kept' })).value?.id ?? '';
    const stream = subscribe('WebSocket', server.graphql, SeqsAfter, { sessionId: id });
    onTestFinished(stream.stop);
    expect(await stream.data()).toEqual({ sessionEvents: { seq: 1 } });

    await postgresql.stop();

    for (const [method, path] of [
      ['GET', `/sessions/${id}`],
      ['POST', '/sessions'],
      ['POST', `/sessions/${id}/users`],
    ]) {
      const response = await fetch(server.api + path, { method: method ?? '' });
      expect(response.status).toBe(503);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await response.json()).toMatchObject({ error: 'SERVICE_UNAVAILABLE' });
    }
    const { errors } = await request(server.graphql, SessionCode, { id });
    expect(errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
    expect((await fetch(`${server.api}/health`)).status).toBe(200);

    await postgresql.start();

    await expect.poll(async () => (await client.getSession(id))?.code).toBe('kept');
    const { value: user } = await client.join(id);
    expect(user).toBeDefined();
    expect(await stream.data()).toEqual({ sessionEvents: { seq: 2 } });
  });

  test('what a program printed and how it ended is kept until the database is back', async () => {
    const postgresql = await startPostgresql();
    onTestFinished(postgresql.remove);
    const server = await startTestServer(
      { DATABASE_URL: postgresql.url, DATABASE_CONNECT_TIMEOUT: '1000', LOG_LEVEL: 'silent' },
      { programs: true },
    );
    onTestFinished(server.close);
    const programs = programsAt(server.graphql);
    const run = vi.spyOn(server.app.sandbox, 'run');
    const code = 'print("before", flush=True)\ninput()\nprint("away")';
    const id = await programs.start({ language: 'PYTHON', code });
    const output = programs.follow(id);
    expect(await output.chunk()).toMatchObject({ text: 'before\n' });
    await postgresql.stop();
    await programs.write(id, '\n');
    const [program] = run.mock.results;
    expect(await program?.value.outcome).toMatchObject({ verdict: 'SUCCEEDED' });
    await postgresql.start();
    expect(await output.rest()).toEqual([{ seq: 2, stream: 'STDOUT', text: 'away\n' }]);
    expect(await programs.find(id)).toMatchObject({ status: 'SUCCEEDED', stdout: 'before\naway\n' });
  });

  test('a server that is started before its database waits for it', async () => {
    const postgresql = await startPostgresql();
    onTestFinished(postgresql.remove);
    await postgresql.stop();
    const server = await startServerLater(postgresql);
    onTestFinished(server.close);
    expect((await clientsOf(server).REST.createSession()).value).toBeDefined();
  });
});
