import { readdir, readFile } from 'node:fs/promises';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers });

const PAGES = ['/', '/s/0123456789', '/s/0123456789/playback'];

test.each(PAGES)('%s allows no script and no style but its own files', async (path) => {
  const response = await get(path, { accept: 'text/html' });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('text/html');
  const policy = response.headers.get('content-security-policy');
  expect(policy).toContain("script-src 'self'; style-src 'self'");
  expect(policy).not.toContain('unsafe');
  expect(await response.text()).not.toMatch(/<style|<script>|style=|https?:/);
});

test('a page is asked for anew, its files are kept for a year', async () => {
  const page = await get('/', { accept: 'text/html' });
  expect(page.headers.get('cache-control')).toBe('no-cache');
  for (const [, path = ''] of (await page.text()).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
    expect(path).toMatch(/^\/assets\/[\w-]+-[\w-]{8}\.(js|css|svg)$/);
    const file = await get(path);
    expect(file.status).toBe(200);
    expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  }
});

test('files are sent compressed to who takes that', async () => {
  const [name = ''] = (await readdir('dist/room/assets')).filter((file) => file.endsWith('.js'));
  const plain = await readFile(`dist/room/assets/${name}`, 'utf8');
  for (const encoding of ['br', 'gzip']) {
    const response = await get(`/assets/${name}`, { 'accept-encoding': encoding });
    expect(response.headers.get('content-encoding')).toBe(encoding);
    expect(await response.text()).toBe(plain);
  }
  expect(String(brotliDecompressSync(await readFile(`dist/room/assets/${name}.br`)))).toBe(plain);
});

test.each(['*/*', 'application/json'])(
  'a client that accepts %s gets the 404 of a path without a route',
  async (accept) => {
    const response = await get('/', { accept });
    expect(response.status).toBe(404);
    expect(response.headers.get('vary')).toContain('accept');
    expect(await response.json()).toMatchObject({
      error: 'NOT_FOUND',
      message: 'There is no route GET /: /docs lists those of REST, GraphQL is at /graphql',
    });
  },
);

test('a file that is not there is a 404 as any other', async () => {
  expect(await (await get('/assets/none.js')).json()).toMatchObject({ error: 'NOT_FOUND' });
});
