import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
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
