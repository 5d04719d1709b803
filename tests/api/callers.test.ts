import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { openSocket } from '../support/socket.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({}, { programs: true });
});
afterAll(() => server.close());

let sessionId: string;
let ada: string;
let grace: string;
beforeEach(async () => {
  sessionId = (await rest('POST', '/sessions')).id;
  ada = (await rest('POST', `/sessions/${sessionId}/users`, { name: 'Ada' })).id;
  grace = (await rest('POST', `/sessions/${sessionId}/users`, { name: 'Grace' })).id;
});

const named = (userId: string, session = sessionId) => ({ 'x-session-id': session, 'x-user-id': userId });

async function rest(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const response = await fetch(server.api + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  return response.status === 204 ? null : response.json();
}

const execute = (query: string, headers: Record<string, string>) =>
  fetch(server.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });

/** Who did what, by the log. */
async function actors() {
  const events = await server.app.db.sessionEvent.findMany({ where: { sessionId }, orderBy: { seq: 'asc' } });
  return events.map(({ type, actor }) => [type, actor]);
}

const BEFORE = () => [
  ['SessionCreated', null],
  ['UserJoined', ada],
  ['UserJoined', grace],
];

const edit = (code: string) =>
  `mutation { updateSession(input: { id: "${sessionId}", code: "${code}" }) { __typename } }`;

describe('an event names as its actor', () => {
  test('the user whom the headers of a REST request name', async () => {
    await rest('PATCH', `/sessions/${sessionId}`, { code: '1' }, named(ada));
    expect(await actors()).toEqual([...BEFORE(), ['CodeEdited', ada]]);
  });

  test('the user whom the headers of a GraphQL request name', async () => {
    await execute(edit('1'), named(grace));
    expect(await actors()).toEqual([...BEFORE(), ['CodeEdited', grace]]);
  });

  test('the user whom the parameters of a WebSocket name', async () => {
    const socket = await openSocket(server.graphql, { params: { sessionId, userId: ada } });
    onTestFinished(() => socket.raw.terminate());
    socket.subscribe('1', edit('1'));
    expect(await socket.next()).toMatchObject({ type: 'next' });
    expect(await actors()).toEqual([...BEFORE(), ['CodeEdited', ada]]);
  });

  test('nobody, where nobody is named, or no user of this session', async () => {
    const { id: other } = await rest('POST', '/sessions');
    const { id: stranger } = await rest('POST', `/sessions/${other}/users`);
    const headers = [{}, named('nobody00'), named(stranger), named(stranger, other), named(ada, other)];
    for (const [code, given] of headers.entries()) {
      await rest('PATCH', `/sessions/${sessionId}`, { code: String(code) }, given);
    }
    expect(await actors()).toEqual([...BEFORE(), ...headers.map(() => ['CodeEdited', null])]);
  });

  test('the user who removes another one, and nobody for one who is removed by nobody in particular', async () => {
    await rest('DELETE', `/sessions/${sessionId}/users/${grace}`, undefined, named(ada));
    await rest('DELETE', `/sessions/${sessionId}/users/${ada}`);
    expect(await actors()).toEqual([...BEFORE(), ['UserLeft', ada], ['UserLeft', null]]);
  });

  test('the user who starts a program, and the server for its end', async () => {
    const input = `{ sessionId: "${sessionId}", language: JAVASCRIPT, code: "1" }`;
    await execute(`mutation { executeCode(input: ${input}) { __typename } }`, named(ada));
    expect(await actors()).toEqual([...BEFORE(), ['ExecutionStarted', ada], ['ExecutionFinished', 'system']]);
  });
});
