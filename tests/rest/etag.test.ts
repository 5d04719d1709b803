import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function newSession(): Promise<{ path: string; etag: string }> {
  const response = await fetch(`${server.api}/sessions`, { method: 'POST' });
  const { id } = await response.json();
  return { path: `${server.api}/sessions/${id}`, etag: response.headers.get('etag') ?? '' };
}

const join = (path: string) => fetch(`${path}/users`, { method: 'POST' });

test('the ETag of a session is its seq, in every answer that is the session', async () => {
  const { path, etag } = await newSession();
  expect(etag).toBe('"1"');
  const body = JSON.stringify({ code: 'x' });
  const headers = { 'content-type': 'application/json' };
  const patched = await fetch(path, { method: 'PATCH', body, headers });
  expect(patched.headers.get('etag')).toBe('"2"');
  expect((await fetch(path)).headers.get('etag')).toBe('"2"');
  expect((await fetch(path, { method: 'HEAD' })).headers.get('etag')).toBe('"2"');
});

test.each([
  ['the version', (etag: string) => etag],
  ['the version as a proxy weakens it', (etag: string) => `W/${etag}`],
  ['a list that has the version', (etag: string) => `"0", ${etag}`],
  ['any version', () => '*'],
])('who has %s gets 304 without a body until something happens', async (_, toHeader) => {
  const { path, etag } = await newSession();
  const headers = { 'if-none-match': toHeader(etag) };
  const unchanged = await fetch(path, { headers });
  expect([unchanged.status, await unchanged.text()]).toEqual([304, '']);
  expect(unchanged.headers.get('etag')).toBe(etag);
  expect(unchanged.headers.get('content-type')).toBeNull();

  await join(path);
  const changed = await fetch(path, { headers: { 'if-none-match': etag } });
  expect(changed.status).toBe(200);
  expect((await changed.json()).users).toHaveLength(1);
});

test('a version that is not known gets the session', async () => {
  const { path } = await newSession();
  for (const version of ['"99"', 'nonsense', '']) {
    expect((await fetch(path, { headers: { 'if-none-match': version } })).status).toBe(200);
  }
});

test('a session that is gone is 404, whatever version the client has', async () => {
  const { path, etag } = await newSession();
  await fetch(path, { method: 'DELETE' });
  for (const version of [etag, '*']) {
    expect((await fetch(path, { headers: { 'if-none-match': version } })).status).toBe(404);
  }
});

test('a change is never answered with 304', async () => {
  const { path, etag } = await newSession();
  const headers = { 'content-type': 'application/json', 'if-none-match': etag };
  const unchanged = await fetch(path, { method: 'PATCH', body: '{"status":"active"}', headers });
  expect(unchanged.status).toBe(200);
});
