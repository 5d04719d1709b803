import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { APIS, type ApiClient, clientsOf } from '../support/api-clients.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const UNKNOWN = '0000000000';
const NOT_FOUND = { code: 'SESSION_NOT_FOUND', message: `Session with ID '${UNKNOWN}' not found` };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe.each(APIS)('sessions over %s', (name) => {
  let client: ApiClient;
  beforeAll(() => {
    client = clientsOf(server)[name];
  });

  test('a new session has the defaults of the contract', async () => {
    const before = Date.now();
    const { value: session } = await client.createSession();

    expect(session).toEqual({
      id: expect.stringMatching(/^[0-9a-z]{10}$/),
      code: '// Start coding here\nconsole.log("Hello, World!");',
      language: 'JAVASCRIPT',
      status: 'ACTIVE',
      users: [],
      createdAt: expect.any(Number),
    });
    expect(session?.createdAt).toBeGreaterThanOrEqual(before);
    expect(session?.createdAt).toBeLessThanOrEqual(Date.now());
  });

  test.each([
    ['PYTHON', 'print("Hello, World!")'],
    ['TYPESCRIPT', 'console.log("Hello, World!");'],
  ] as const)('a %s session starts with a program in its language', async (language, code) => {
    const { value: session } = await client.createSession({ language });
    expect(session).toMatchObject({ language, code: expect.stringContaining(code) });
  });

  test('a session is found as it was created, to the character', async () => {
    const code = 'π = "𝒳 \u{1F9EA}"\r\n\ttab\n';
    const { value: created } = await client.createSession({ language: 'PYTHON', code });
    expect(created?.code).toBe(code);
    expect(await client.getSession(created?.id ?? '')).toEqual(created);
  });

  test('empty code is code, not a default', async () => {
    expect((await client.createSession({ code: '' })).value?.code).toBe('');
  });

  test('code of 256 KiB is stored', async () => {
    const code = '#'.repeat(256 * 1024);
    const { value: session } = await client.createSession();
    const { value: updated } = await client.updateSession(session?.id ?? '', { code });
    expect(updated?.code).toBe(code);
  });

  test('an update changes what is given and nothing else', async () => {
    const { value: created } = await client.createSession({ code: 'let a;' });
    const id = created?.id ?? '';

    expect((await client.updateSession(id, { status: 'COMPLETED' })).value).toEqual({
      ...created,
      status: 'COMPLETED',
    });
    expect((await client.updateSession(id, { language: 'PYTHON', code: 'a = 1' })).value).toEqual({
      ...created,
      status: 'COMPLETED',
      language: 'PYTHON',
      code: 'a = 1',
    });
    expect(await client.getSession(id)).toMatchObject({
      code: 'a = 1',
      language: 'PYTHON',
      status: 'COMPLETED',
    });
  });

  test('an update of nothing is refused, but the session is looked up first', async () => {
    const { value: session } = await client.createSession();
    expect((await client.updateSession(session?.id ?? '', {})).failure).toMatchObject({
      code: 'INVALID_REQUEST',
    });
    expect((await client.updateSession(UNKNOWN, {})).failure).toEqual(NOT_FOUND);
  });

  test('a deleted session is gone with its users', async () => {
    const { value: session } = await client.createSession();
    const id = session?.id ?? '';
    const { value: user } = await client.join(id);

    expect(await client.deleteSession(id)).toEqual({ value: null });

    expect(await client.getSession(id)).toBeNull();
    expect((await client.leave(id, user?.id ?? '')).failure?.code).toBe('SESSION_NOT_FOUND');
    expect(await server.app.db.user.count({ where: { sessionId: id } })).toBe(0);
    expect(await server.app.db.sessionEvent.count({ where: { sessionId: id } })).toBe(0);
  });

  test('every command tells an unknown session', async () => {
    expect(await client.getSession(UNKNOWN)).toBeNull();
    expect((await client.updateSession(UNKNOWN, { code: '' })).failure).toEqual(NOT_FOUND);
    expect((await client.deleteSession(UNKNOWN)).failure).toEqual(NOT_FOUND);
    expect((await client.join(UNKNOWN)).failure).toEqual(NOT_FOUND);
    expect((await client.leave(UNKNOWN, 'x')).failure).toEqual(NOT_FOUND);
  });

  test.each(['a\0b', '\ud800'])(
    'code with %j cannot be stored, and the error names the field',
    async (code) => {
      const { value: session } = await client.createSession();
      for (const { failure } of [
        await client.createSession({ code }),
        await client.updateSession(session?.id ?? '', { code }),
      ]) {
        expect(failure).toEqual({
          code: 'INVALID_REQUEST',
          message: expect.stringMatching(/^code must not/),
        });
      }
    },
  );
});

test('what one client writes the other reads', async () => {
  const { REST, GraphQL } = clientsOf(server);
  const { value: session } = await REST.createSession({ language: 'PYTHON' });
  const id = session?.id ?? '';
  const { value: ada } = await GraphQL.join(id, 'Ada');
  const { value: bob } = await REST.join(id, 'Bob');
  await GraphQL.updateSession(id, { code: 'x = 1' });

  const expected = { ...session, code: 'x = 1', users: [ada, bob] };
  expect(await REST.getSession(id)).toEqual(expected);
  expect(await GraphQL.getSession(id)).toEqual(expected);
});
