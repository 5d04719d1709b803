import { expect, onTestFinished, test } from 'vitest';
import { startAccessServer } from '../support/closed-server.ts';
import { newSession } from '../support/participants.ts';
import { openSocket } from '../support/socket.ts';

const CROWD = 10;
const SESSIONS = 40;

/** The tokens of both are read with one statement, and what belongs to the tokens with others. */
test('who leaves takes nobody along who arrives at that moment', async () => {
  const server = await startAccessServer();
  onTestFinished(() => server.close());
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
