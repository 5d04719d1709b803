import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyEvent, type SessionEvent } from '../../src/events/event.ts';
import { SessionCreated } from '../../src/events/session-events.ts';
import type { SessionState } from '../../src/events/state.ts';
import { APIS, clientsOf } from '../support/api-clients.ts';
import { seededRandom } from '../support/random.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { asLogged, storedSession } from '../support/stored-session.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function newSession(): Promise<string> {
  return (await clientsOf(server).REST.createSession()).value?.id ?? '';
}

async function logOf(id: string): Promise<SessionEvent[]> {
  const events: SessionEvent[] = [];
  for await (const event of server.app.events.log.read(id, 0)) events.push(event);
  return events;
}

function replay(events: readonly SessionEvent[]): SessionState | null {
  const [created, ...later] = events;
  if (created?.type !== 'SessionCreated') throw new Error('The log does not start with SessionCreated');
  return later.reduce<SessionState | null>(
    (state, event) => state && applyEvent(state, event),
    SessionCreated.data.parse(created.data).session,
  );
}

test.each([1, 2, 3])(
  '20 clients do as they like (seed %d), and the log replays to what is stored',
  async (seed) => {
    const id = await newSession();
    const random = seededRandom(seed);
    await Promise.all(
      Array.from({ length: 15 }, async (_, person) => {
        const client = clientsOf(server)[APIS[person % 2] ?? 'REST'];
        const joined: string[] = [];
        for (let step = 0; step < 6; step += 1) {
          const dice = random();
          if (dice < 0.4) {
            const { value } = await client.join(id);
            if (value) joined.push(value.id);
          } else if (dice < 0.6) {
            const userId = joined.pop();
            if (userId) await client.leave(id, userId);
          } else {
            await client.updateSession(id, {
              code: `${person}.${step}`,
              status: dice < 0.8 ? 'ACTIVE' : 'COMPLETED',
            });
          }
        }
      }),
    );

    const events = await logOf(id);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const stored = await storedSession(server.app.db, id);
    expect(asLogged(replay(events))).toEqual(asLogged(stored));
    const users = stored?.users ?? [];
    expect(users.length).toBeLessThanOrEqual(10);
    expect(new Set(users.map(({ color }) => color)).size).toBe(users.length);
  },
);

test('a deletion that races joins, updates and runs leaves no orphan', async () => {
  const client = clientsOf(server).GraphQL;
  const ids = await Promise.all(Array.from({ length: 10 }, newSession));
  await Promise.all(
    ids.flatMap((id) => [
      client.join(id),
      client.join(id),
      client.deleteSession(id),
      client.join(id),
      client.updateSession(id, { code: 'x' }),
    ]),
  );
  const { db } = server.app;
  const where = { sessionId: { in: ids } };
  expect(await db.session.count({ where: { id: { in: ids } } })).toBe(0);
  expect(await db.user.count({ where })).toBe(0);
  expect(await db.sessionEvent.count({ where })).toBe(0);
});

test('a session of the next century reads as it was written', async () => {
  const id = await newSession();
  const far = new Date('2106-02-07T06:28:16.789Z');
  await server.app.db.session.updateMany({ where: { id }, data: { createdAt: far } });
  server.app.sessions.forget(id);
  for (const name of APIS) {
    expect((await clientsOf(server)[name].getSession(id))?.createdAt).toBe(far.getTime());
  }
});
