import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { freePort } from '../prisma/scratch.ts';
import { type ServerProcess, spawnServer } from './support/process.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'codeinterview-process-'));
});
// A server may still end, and remove what is its own.
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));

function start(settings: NodeJS.ProcessEnv = {}): ServerProcess {
  const server = spawnServer({ HOST: '127.0.0.1', PORT: '0', ...settings }, folder);
  onTestFinished(() => {
    server.child.kill('SIGKILL');
  });
  return server;
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
  const created = await fetch(`${await first.url()}/api/v1/sessions`, { method: 'POST' });
  const { id } = await created.json();
  expect(existsSync(join(folder, 'data/codeinterview.db'))).toBe(true);
  first.child.kill('SIGTERM');
  expect(await first.exit()).toBe(0);

  const second = start();
  const found = await fetch(`${await second.url()}/api/v1/sessions/${id}`);
  expect(found.status).toBe(200);
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s drains and exits 0, with work in flight', async (signal) => {
  const server = start({ MAX_RUNNING: '2' });
  const url = await server.url();
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
  const url = await first.url();
  const { id } = await (await fetch(`${url}/api/v1/sessions`, { method: 'POST' })).json();
  const joined = await (await fetch(`${url}/api/v1/sessions/${id}/users`, { method: 'POST' })).json();
  first.child.kill('SIGKILL');
  await first.exit();

  const second = start();
  const found = await fetch(`${await second.url()}/api/v1/sessions/${id}`);
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
  const server = start({
    PORT: 'eighty',
    DATABASE_URL: 'mysql://x',
    LOG_LEVEL: 'loud',
    MAX_RUNNING: '0',
    CORS_ORIGINS: 'https://example.com,other.org',
    OIDC_AUDIENCE: 'shop',
  });
  expect(await server.exit()).toBe(1);
  for (const setting of ['PORT', 'DATABASE_URL', 'LOG_LEVEL', 'MAX_RUNNING', 'CORS_ORIGINS', 'OIDC_ISSUER']) {
    expect(server.output()).toMatch(new RegExp(`^  ${setting}: .+$`, 'm'));
  }
  expect(server.output()).toMatch(/^ {2}PORT: must be a whole number/m);
});

/** What a server that does not start says, which is one line and no stack. */
async function complaint(settings: NodeJS.ProcessEnv): Promise<string> {
  const server = start({ LOG_LEVEL: 'error', ...settings });
  expect(await server.exit()).toBe(1);
  expect(server.output()).toMatch(/^.+\n$/);
  return server.output();
}

test('an address that is not of this machine is told with what to do', async () => {
  expect(await complaint({ HOST: '203.0.113.5' })).toMatch(/^HOST is no address .* set it to/);
});

test('a database file that cannot be opened is told with its path and what to do', async () => {
  await mkdir(join(folder, 'folder.db'));
  await writeFile(join(folder, 'text.db'), 'This is a text and no database at all, however long it goes on.');
  for (const path of ['/dev/null/x.db', join(folder, 'folder.db'), join(folder, 'text.db')]) {
    const said = await complaint({ DATABASE_URL: `file:${path}` });
    expect(said).toContain(`The database file ${path} cannot be opened`);
    expect(said).toMatch(/DATABASE_URL must name/);
  }
});

test('a PostgreSQL that is not there is told with its address and what to do, without the password', async () => {
  const port = await freePort();
  const said = await complaint({
    DATABASE_URL: `postgresql://ada:secret@127.0.0.1:${port}/interviews`,
    DATABASE_START_TIMEOUT: '1',
  });
  expect(said).toMatch(new RegExp(`interviews on 127.0.0.1:${port} .*ECONNREFUSED.*start.*DATABASE_URL`));
  expect(said).not.toContain('secret');
});

test('a Redis that is not there is told once with what to do, and the server works without it', async () => {
  const server = start({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
  const created = await fetch(`${await server.url()}/api/v1/sessions`, { method: 'POST' });
  expect(created.status).toBe(201);
  await server.waitFor(/Redis cannot be reached/);
  // Time for a second warning. A slow machine can only let the test pass wrongly, never fail.
  await pause(1_500);
  const warnings = server.output().match(/^.*Redis cannot be reached.*$/gm);
  expect(warnings).toEqual([expect.stringContaining('REDIS_URL')]);
});

// Whom root may become is all that a test can take away from a machine that has bubblewrap.
test.runIf(process.getuid?.() === 0)(
  'a sandbox that does not work is told with why and what to do',
  async () => {
    const closed = join(folder, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const asked = start({ SANDBOX: 'bubblewrap', TMPDIR: closed });
    expect(await asked.exit()).toBe(1);
    expect(asked.output()).toMatch(/`bubblewrap` does not work here: bubblewrap: .*SANDBOX=auto/);

    const auto = start({ TMPDIR: closed });
    const response = await execute(await auto.url(), 'console.log(1)');
    expect(await response.json()).toMatchObject({ output: '1' });
    await auto.waitFor(/A stronger sandbox does not work here: bubblewrap: /);
  },
);

test('a Node.js that is not supported is told before npm builds or installs', async () => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'));
  expect(scripts).toMatchObject({
    preinstall: 'node scripts/check-node.cjs',
    build: expect.stringMatching(/^node scripts\/check-node.cjs && /),
    prestart: 'npm run build',
  });
  const check = (version: string) => {
    const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' });`;
    return spawnSync(process.execPath, ['--eval', `${pretend} require('./scripts/check-node.cjs')`]);
  };
  for (const old of ['18.20.8', '20.18.3', '21.7.3', '22.12.0', '23.11.1']) {
    const { status, stderr } = check(old);
    expect(status).toBe(1);
    expect(String(stderr)).toMatch(
      new RegExp(`needs Node.js .*20.19 .*22.13 .*24, and this is ${old}: install`),
    );
  }
  for (const good of ['20.19.0', '22.13.0', '24.0.0', '25.1.0', process.versions.node])
    expect(check(good).status).toBe(0);
});
