import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** As Java's HttpClient sends its first request, and `curl --http2`. */
const OFFER = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' };

async function send(method: string, path: string, body = '') {
  const headers = { ...OFFER, 'content-type': 'application/json', 'content-length': body.length };
  const sent = request(server.url + path, { method, headers });
  sent.end(body);
  const [response] = await once(sent, 'response');
  return { status: response.statusCode, body: await text(response) };
}

test('a client that offers HTTP/2 is answered over HTTP/1.1', async () => {
  expect(await send('GET', '/api/v1/health')).toMatchObject({ status: 200 });
  const query = JSON.stringify({ query: `{ viewer { kind } } #${' '.repeat(100_000)}` });
  expect(await send('POST', '/graphql', query)).toEqual({
    status: 200,
    body: '{"data":{"viewer":{"kind":"ANONYMOUS"}}}',
  });
});
