import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { type ServerProcess, spawnServer } from './support/process.ts';

const LISTENS = /listens on (http:\/\/[^ ]+)/;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'codeinterview-process-'));
});
afterEach(() => rm(folder, { recursive: true }));

function start(settings: NodeJS.ProcessEnv = {}): ServerProcess {
  const server = spawnServer({ HOST: '127.0.0.1', PORT: '0', ...settings }, folder);
  onTestFinished(() => {
    server.child.kill('SIGKILL');
  });
  return server;
}

async function urlOf(server: ServerProcess): Promise<string> {
  return (await server.waitFor(LISTENS))[1] ?? '';
}

async function execute(url: string, code: string, language = 'javascript'): Promise<Response> {
  return fetch(`${url}/api/v1/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, language }),
  });
}

test('starts in an empty folder, keeps its data there, and finds it again', async () => {
  const first = start();
  const created = await fetch(`${await urlOf(first)}/api/v1/sessions`, { method: 'POST' });
  const { id } = await created.json();
  expect(existsSync(join(folder, 'data/codeinterview.db'))).toBe(true);
  first.child.kill('SIGTERM');
  expect(await first.exit()).toBe(0);

  const second = start();
  const found = await fetch(`${await urlOf(second)}/api/v1/sessions/${id}`);
  expect(found.status).toBe(200);
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s drains and exits 0, with work in flight', async (signal) => {
  const server = start();
  const url = await urlOf(server);
  const events = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  const { id } = await (await fetch(`${url}/api/v1/sessions`, { method: 'POST' })).json();
  const stream = events.iterate({ query: `subscription { session(id: "${id}") { seq } }` });
  await stream.next();
  const endless = execute(url, 'console.log("on"); setInterval(() => {}, 1000)');
  // The second program answers only once the first, which came before it, has its place.
  await execute(url, '1');

  server.child.kill(signal);

  expect(await (await endless).json()).toMatchObject({
    output: expect.any(String),
    error: expect.any(String),
  });
  await expect(stream.next()).rejects.toMatchObject({ code: 1001 });
  expect(await server.exit()).toBe(0);
  expect(server.output()).not.toMatch(/"level":50/);
});

test('a kill leaves nothing half done: what was acknowledged is there', async () => {
  const first = start();
  const url = await urlOf(first);
  const { id } = await (await fetch(`${url}/api/v1/sessions`, { method: 'POST' })).json();
  const joined = await (await fetch(`${url}/api/v1/sessions/${id}/users`, { method: 'POST' })).json();
  first.child.kill('SIGKILL');
  await first.exit();

  const second = start();
  const found = await fetch(`${await urlOf(second)}/api/v1/sessions/${id}`);
  expect(await found.json()).toMatchObject({ users: [joined] });
});

test('a port in use is said in one clear line', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void blocker.close());
  await new Promise((resolve) => blocker.once('listening', resolve));
  const address = blocker.address();
  const port = typeof address === 'object' ? String(address?.port) : '';

  const server = start({ PORT: port });
  expect(await server.exit()).toBe(1);
  const said = server.output().split('\n').filter(Boolean);
  expect(said).toEqual([expect.stringMatching(new RegExp(`^The port is in use .*${port}.*PORT`))]);
});

test('bad settings stop the start with one message that lists them all', async () => {
  const server = start({ PORT: 'eighty', DATABASE_URL: 'mysql://x', LOG_LEVEL: 'loud', MAX_RUNNING: '0' });
  expect(await server.exit()).toBe(1);
  for (const setting of ['PORT', 'DATABASE_URL', 'LOG_LEVEL', 'MAX_RUNNING']) {
    expect(server.output()).toMatch(new RegExp(`^  ${setting}: .+$`, 'm'));
  }
});

test('a database that cannot be opened is said without a stack', async () => {
  const server = start({ DATABASE_URL: 'file:/dev/null/x.db' });
  expect(await server.exit()).toBe(1);
  expect(server.output()).toMatch(/^CodeInterview could not start: /);
  expect(server.output()).not.toMatch(/\n\s+at /);
});
