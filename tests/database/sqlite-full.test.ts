import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { hasText, yEditor } from '../support/documents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let id: string;
beforeEach(async () => {
  server = await startTestServer({ LOG_LEVEL: 'silent' });
  onTestFinished(server.close);
  id = (await send('POST', '', { code: 'kept' })).body.id;
});

async function send(method: string, path: string, body?: object) {
  const response = await fetch(`${server.api}/sessions${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** SQLite refuses what needs more pages as it does on a disk without room. */
const limitPages = (pages: number) => server.app.db.$queryRawUnsafe(`PRAGMA max_page_count = ${pages}`);
const LARGE = 'x'.repeat(50_000);

test('a change for which the disk has no room is told so, and what was stored stays', async () => {
  const warn = vi.spyOn(server.app.log, 'warn');
  await limitPages(1);
  const refused = await send('PATCH', `/${id}`, { code: LARGE });
  expect(refused).toMatchObject({ status: 503, body: { error: 'SERVICE_UNAVAILABLE' } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await send('GET', `/${id}`)).body.code).toBe('kept');

  const query = `mutation { updateSession(input: { id: "${id}", code: "${LARGE}" }) { __typename } }`;
  const response = await fetch(server.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
  const err = expect.objectContaining({ message: expect.stringContaining('disk is full') });
  expect(warn).toHaveBeenCalledWith(expect.objectContaining({ err }), expect.any(String));

  await limitPages(1_000_000);
  expect(await send('PATCH', `/${id}`, { code: LARGE })).toMatchObject({ status: 200 });
});

test('a document that cannot be opened for want of room opens when there is some, and nobody follows it twice', async () => {
  const { broadcaster } = server.app.events;
  // It is stored anew with LF alone when an editor opens it.
  const text = 'x\r\n'.repeat(20_000);
  await send('PATCH', `/${id}`, { code: text });
  await limitPages(1);
  const url = server.url.replace('http', 'ws');
  const silent = new WebSocket(`${url}/yjs/${id}`);
  expect(await new Promise((resolve) => silent.on('close', resolve))).toBe(1013);
  await limitPages(1_000_000);
  const editor = yEditor(url, null, id);
  await hasText(editor, text.replaceAll('\r', ''));
  await expect.poll(() => broadcaster.listenerCount).toBe(1);
  editor.provider.destroy();
  await expect.poll(() => broadcaster.listenerCount).toBe(0);
});
