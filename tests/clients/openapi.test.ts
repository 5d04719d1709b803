import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import * as client from './generated/rest.ts';

// The client is generated from /openapi.json by `npm run codegen`; its types are checked with the tests.

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({}, { programs: true });
  client.defaults.baseUrl = server.url;
});
afterAll(() => server.close());

test('an interview from its beginning to its end', async () => {
  const created = await client.createSession({ language: 'python', code: 'print(1)' });
  if (created.status !== 201) throw new Error(created.data.message);
  const { id } = created.data;

  const joined = await client.joinSession(id, { name: 'Ada' });
  if (joined.status !== 201) throw new Error(joined.data.message);
  const user: client.User = joined.data;
  expect(await client.getSessionUsers(id)).toMatchObject({ status: 200, data: { users: [user] } });

  const updated = await client.updateSession(id, { status: 'completed' });
  expect(updated).toMatchObject({ status: 200, data: { code: 'print(1)', status: 'completed' } });
  expect((await client.leaveSession(id, user.id)).status).toBe(204);
  expect((await client.deleteSession(id)).status).toBe(204);
  expect(await client.getSession(id)).toMatchObject({ status: 404, data: { error: 'SESSION_NOT_FOUND' } });
});

test('a program is run, and one that takes too long is told', async () => {
  const result = await client.executeCode({ language: 'javascript', code: 'console.log(6 * 7)' });
  expect(result).toMatchObject({ status: 200, data: { output: '42', error: null } });

  const late = await client.executeCode({ language: 'javascript', code: 'for (;;);', timeout: 100 });
  expect(late).toMatchObject({ status: 200, data: { error: 'Execution timed out (0.1 second limit)' } });
});

test('any other error has the shape of errors', async () => {
  const tooLarge = await client.createSession({ code: 'x'.repeat(8 * 1024 * 1024) });
  expect(tooLarge).toMatchObject({ status: 413, data: { error: 'PAYLOAD_TOO_LARGE', statusCode: 413 } });
});
