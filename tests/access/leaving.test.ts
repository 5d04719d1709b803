import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccessServer, OPERATOR_KEY, startAccessServer } from '../support/closed-server.ts';
import { newSession } from '../support/participants.ts';
import { openSocket } from '../support/socket.ts';

const CROWD = 10;
const SESSIONS = 40;

let server: AccessServer;
beforeAll(async () => {
  server = await startAccessServer();
});
afterAll(() => server.close());

/** The tokens of both are read with one statement, and what belongs to the tokens with others. */
test('who leaves takes nobody along who arrives at that moment', async () => {
  const answers = new Set<unknown>();
  const comeAndGo = async (_: unknown, row: number) => {
    for (let column = 0; column < SESSIONS; column += 1) {
      const sessionId = await newSession(server.app);
      const { token, userId } = await server.participant(sessionId, 'CANDIDATE');
      const headers = { 'x-forwarded-for': `10.1.${row}.${column}` };
      const socket = await openSocket(server.graphql, { headers, init: false });
      socket.send({ type: 'connection_init', payload: { token } });
      answers.add((await socket.next())?.type ?? (await socket.closed));
      answers.add((await server.rest('DELETE', `/sessions/${sessionId}/users/${userId}`, token)).status);
      socket.raw.terminate();
    }
  };
  await Promise.all(Array.from({ length: CROWD }, comeAndGo));
  expect(answers).toEqual(new Set(['connection_ack', 204]));
});

/** The bodies by which each is asked for. */
const MADE = { invites: { role: 'candidate' }, tickets: {} };

test.each(['invites', 'tickets'] as const)('%s of a session that is deleted at that moment', async (what) => {
  const answers = new Set<number>();
  for (let round = 0; round < SESSIONS; round += 1) {
    const sessionId = await newSession(server.app);
    const { token } = await server.participant(sessionId, 'HOST');
    const path = what === 'invites' ? `/sessions/${sessionId}/invites` : '/tickets';
    const make = async () => answers.add((await server.rest('POST', path, token, MADE[what])).status);
    await make();
    const made = Array.from({ length: CROWD }, make);
    await server.rest('DELETE', `/sessions/${sessionId}`, OPERATOR_KEY);
    await Promise.all(made);
  }
  expect([...answers].filter((status) => ![201, 401, 404].includes(status))).toEqual([]);
  expect(answers).toContain(201);
});
