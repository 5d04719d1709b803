import { afterAll, beforeAll, expect, test } from 'vitest';
import { SYSTEM } from '../../src/access/caller.ts';
import { readDocument } from '../../src/documents/change.ts';
import { OutOfDateError } from '../../src/documents/live-document.ts';
import { clientsOf } from '../support/api-clients.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test('a document that has what another instance appended is kept from who knows the session from before', async () => {
  const { app } = server;
  const rest = clientsOf(server).REST;
  const id = (await rest.createSession({ code: 'one' })).value?.id ?? '';
  const { permit } = await app.sessions.read(SYSTEM, 'READ', id);
  await readDocument(app, permit, () => {});
  const { session: before } = await app.sessions.read(SYSTEM, 'READ', id);
  await rest.updateSession(id, { code: 'one two' });
  const { session: after } = await app.sessions.read(SYSTEM, 'READ', id);

  const live = app.documents.of(id);
  await expect(live.take(app, before, before.seq)).rejects.toThrow(OutOfDateError);
  const document = await live.take(app, after, after.seq);
  expect(document.text).toBe('one two');
  live.giveBack(document);
  expect(await readDocument(app, permit, (read) => read === document)).toBe(true);
});
