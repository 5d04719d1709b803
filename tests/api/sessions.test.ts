import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DOORS, type Door, doorsTo } from '../support/doors.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const UNKNOWN = '0000000000';
const NOT_FOUND = { code: 'SESSION_NOT_FOUND', message: `Session with ID '${UNKNOWN}' not found` };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe.each(DOORS)('sessions over %s', (name) => {
  let door: Door;
  beforeAll(() => {
    door = doorsTo(server)[name];
  });

  test('a new session has the defaults of the contract', async () => {
    const before = Date.now();
    const { value: session } = await door.createSession();

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
    const { value: session } = await door.createSession({ language });
    expect(session).toMatchObject({ language, code: expect.stringContaining(code) });
  });

  test('a session is found as it was created, to the character', async () => {
    const code = 'π = "𝒳 \u{1F9EA}"\r\n\ttab\n';
    const { value: created } = await door.createSession({ language: 'PYTHON', code });
    expect(created?.code).toBe(code);
    expect(await door.getSession(created?.id ?? '')).toEqual(created);
  });

  test('empty code is code, not a default', async () => {
    expect((await door.createSession({ code: '' })).value?.code).toBe('');
  });

  test('code of 256 KiB is stored', async () => {
    const code = '#'.repeat(256 * 1024);
    const { value: session } = await door.createSession();
    const { value: updated } = await door.updateSession(session?.id ?? '', { code });
    expect(updated?.code).toBe(code);
  });

  test('an update changes what is given and nothing else', async () => {
    const { value: created } = await door.createSession({ code: 'let a;' });
    const id = created?.id ?? '';

    expect((await door.updateSession(id, { status: 'COMPLETED' })).value).toEqual({
      ...created,
      status: 'COMPLETED',
    });
    expect((await door.updateSession(id, { language: 'PYTHON', code: 'a = 1' })).value).toEqual({
      ...created,
      status: 'COMPLETED',
      language: 'PYTHON',
      code: 'a = 1',
    });
    expect(await door.getSession(id)).toMatchObject({
      code: 'a = 1',
      language: 'PYTHON',
      status: 'COMPLETED',
    });
  });

  test('an update of nothing is refused, but the session is looked up first', async () => {
    const { value: session } = await door.createSession();
    expect((await door.updateSession(session?.id ?? '', {})).failure).toMatchObject({
      code: 'INVALID_REQUEST',
    });
    expect((await door.updateSession(UNKNOWN, {})).failure).toEqual(NOT_FOUND);
  });

  test('a deleted session is gone with its users', async () => {
    const { value: session } = await door.createSession();
    const id = session?.id ?? '';
    const { value: user } = await door.join(id);

    expect(await door.deleteSession(id)).toEqual({ value: null });

    expect(await door.getSession(id)).toBeNull();
    expect((await door.leave(id, user?.id ?? '')).failure?.code).toBe('SESSION_NOT_FOUND');
    expect(await server.app.db.user.count({ where: { sessionId: id } })).toBe(0);
    expect(await server.app.db.sessionEvent.count({ where: { sessionId: id } })).toBe(0);
  });

  test('every verb tells an unknown session', async () => {
    expect(await door.getSession(UNKNOWN)).toBeNull();
    expect((await door.updateSession(UNKNOWN, { code: '' })).failure).toEqual(NOT_FOUND);
    expect((await door.deleteSession(UNKNOWN)).failure).toEqual(NOT_FOUND);
    expect((await door.join(UNKNOWN)).failure).toEqual(NOT_FOUND);
    expect((await door.leave(UNKNOWN, 'x')).failure).toEqual(NOT_FOUND);
  });

  test.each(['a\0b', '\ud800'])(
    'code with %j cannot be stored, and the error names the field',
    async (code) => {
      const { value: session } = await door.createSession();
      for (const { failure } of [
        await door.createSession({ code }),
        await door.updateSession(session?.id ?? '', { code }),
      ]) {
        expect(failure).toEqual({
          code: 'INVALID_REQUEST',
          message: expect.stringMatching(/^code must not/),
        });
      }
    },
  );
});

test('what one door writes the other reads', async () => {
  const { REST, GraphQL } = doorsTo(server);
  const { value: session } = await REST.createSession({ language: 'PYTHON' });
  const id = session?.id ?? '';
  const { value: ada } = await GraphQL.join(id, 'Ada');
  const { value: bob } = await REST.join(id, 'Bob');
  await GraphQL.updateSession(id, { code: 'x = 1' });

  const expected = { ...session, code: 'x = 1', users: [ada, bob] };
  expect(await REST.getSession(id)).toEqual(expected);
  expect(await GraphQL.getSession(id)).toEqual(expected);
});
