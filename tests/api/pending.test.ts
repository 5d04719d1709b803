import { afterAll, beforeAll, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest';
import { type AccessServer, type Answer, OPERATOR_KEY, startAccessServer } from '../support/closed-server.ts';

const ENDLESS = 'setInterval(() => {}, 1000)';
const EXECUTE = `mutation ($sessionId: ID) {
  executeCode(input: { sessionId: $sessionId, language: JAVASCRIPT, code: "${ENDLESS}", timeoutMs: 60000 }) {
    __typename ... on Error { code } ... on ExecuteCodePayload { execution { status } } } }`;
const CANCEL = `mutation ($id: ID!) { cancelExecution(input: { id: $id }) { __typename } }`;

let server: AccessServer;
let run: MockInstance<AccessServer['app']['sandbox']['run']>;
beforeAll(async () => {
  server = await startAccessServer({}, { programs: true });
  run = vi.spyOn(server.app.sandbox, 'run');
});
afterAll(() => server.close());
beforeEach(() => {
  run.mockClear();
});

/** Waits until a program runs, so that the request that waits for it is pending. */
const running = () => expect.poll(() => run.mock.calls.length).toBe(1);

/** Waits until the only program, outside of sessions, is stored as cancelled. */
async function expectCancelled(): Promise<void> {
  const { execution } = server.app.db;
  const where = { sessionId: null };
  await expect
    .poll(() => execution.findMany({ where, select: { status: true } }))
    .toEqual([{ status: 'CANCELLED' }]);
  await execution.deleteMany({ where });
}

/** Makes a key of its own, and what revokes it. */
async function newKey(): Promise<{ token: string; revoke: () => Promise<Answer> }> {
  const body = { name: 'pending', scopes: ['sessions', 'execute'] };
  const { token, id } = (await server.rest('POST', '/keys', OPERATOR_KEY, body)).body;
  return { token, revoke: () => server.rest('DELETE', `/keys/${id}`, OPERATOR_KEY) };
}

function expectEnd(answer: Answer, sinceMs: number): void {
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  expect(performance.now() - sinceMs).toBeLessThan(1_000);
}

describe('a request that waits for its program', () => {
  const program = { language: 'javascript', code: ENDLESS, timeout: 60_000 };

  test('ends with 401 over REST when its key is revoked, and the program with it', async () => {
    const { token, revoke } = await newKey();
    const answer = server.rest('POST', '/execute', token, program);
    await running();
    const since = performance.now();
    await revoke();
    expectEnd(await answer, since);
    expect((await answer).body).toMatchObject({ error: 'UNAUTHENTICATED' });
    await expectCancelled();
  });

  test.each(['the first', 'a known'])('ends with 401 over GraphQL with %s document', async (name) => {
    const { token, revoke } = await newKey();
    const document = name === 'a known' ? EXECUTE : `# ${name}\n${EXECUTE}`;
    if (name === 'a known') await server.ask(document, null);
    const answer = server.ask(document, token);
    await running();
    const since = performance.now();
    await revoke();
    expectEnd(await answer, since);
    expect((await answer).body).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    await expectCancelled();
  });

  test('ends with 401 when nobody announces it', async () => {
    const { token } = await newKey();
    const [, id = ''] = token.split('_');
    const answer = server.rest('POST', '/execute', token, program);
    await running();
    const since = performance.now();
    await server.app.db.apiKey.delete({ where: { id } });
    expectEnd(await answer, since);
    await expectCancelled();
  });
});

describe('a request of a participant', () => {
  let sessionId: string;
  let candidate: { token: string; userId: string };
  beforeEach(async () => {
    sessionId = (await server.rest('POST', '/sessions', OPERATOR_KEY, {})).body.id;
    candidate = await server.participant(sessionId, 'CANDIDATE');
  });
  const path = (rest = '') => `/sessions/${sessionId}${rest}`;

  async function cancel(): Promise<void> {
    const { id } = await server.app.db.execution.findFirstOrThrow({ where: { sessionId } });
    const { body } = await server.ask(CANCEL, OPERATOR_KEY, { id });
    expect(body.data.cancelExecution.__typename).toBe('CancelExecutionPayload');
  }

  test('ends with 401 when it is removed, and its program in the session goes on', async () => {
    const answer = server.ask(EXECUTE, candidate.token, { sessionId });
    await running();
    const since = performance.now();
    await server.rest('DELETE', path(`/users/${candidate.userId}`), OPERATOR_KEY);
    expectEnd(await answer, since);
    await cancel();
  });

  test('is answered after a change of its role', async () => {
    const user = path(`/users/${candidate.userId}`);
    const answer = server.ask(EXECUTE, candidate.token, { sessionId });
    await running();
    await server.rest('PATCH', user, OPERATOR_KEY, { role: 'observer' });
    await cancel();
    expect((await answer).body.data.executeCode.execution.status).toBe('CANCELLED');
  });

  test('that ends its own credential is answered', async () => {
    const { token, userId } = candidate;
    expect((await server.rest('DELETE', path(`/users/${userId}`), token)).status).toBe(204);
    const host = await server.participant(sessionId, 'HOST');
    expect((await server.rest('DELETE', path(), host.token)).status).toBe(204);
    const body = { name: 'itself', scopes: ['admin'] };
    const key = (await server.rest('POST', '/keys', OPERATOR_KEY, body)).body;
    expect((await server.rest('DELETE', `/keys/${key.id}`, key.token)).status).toBe(204);
  });
});
