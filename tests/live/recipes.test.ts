import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { EventSource } from 'eventsource';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { clientsOf } from '../support/api-clients.ts';
import { type NetworkProxy, startProxy } from '../support/proxy.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const page = await readFile('docs/live.md', 'utf8');

function recipes(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(
    ([, text]) => text ?? '',
  );
}

let server: TestServer;
let proxy: NetworkProxy;
beforeAll(async () => {
  server = await startTestServer();
  proxy = await startProxy(server.url);
});
afterAll(async () => {
  proxy.close();
  await server.close();
});

async function newUser() {
  const { REST } = clientsOf(server);
  const sessionId = (await REST.createSession()).value?.id ?? '';
  return { sessionId, userId: (await REST.join(sessionId)).value?.id ?? '' };
}

/** Runs a recipe as it stands, but for the address of the server; `end` is what it answers. */
function run(recipe: string, known: Record<string, unknown>, end: string): unknown {
  const code = recipe
    .replace(/^import .*\n/m, '')
    .replaceAll('http://localhost:8000', proxy.url)
    .replaceAll('ws://localhost:8000', proxy.url.replace('http', 'ws'));
  return new Function(...Object.keys(known), `${code}\nreturn ${end};`)(...Object.values(known));
}

const [graphqlWs = '', graphqlSource = '', restSource = ''] = recipes('js');
const update = (id: string, code: string) => clientsOf(server).REST.updateSession(id, { code });

test('graphql-ws: resumes after its sockets were cut, once for each event, and is online meanwhile', async () => {
  const { sessionId, userId } = await newUser();
  const connect = (options: Parameters<typeof createClient>[0]) => {
    const client = createClient({ ...options, webSocketImpl: WebSocket });
    onTestFinished(() => void client.dispose());
    return client;
  };
  const follow = run(graphqlWs, { createClient: connect, SESSION: sessionId, USER: userId }, 'follow');
  const seen: number[] = [];
  if (typeof follow !== 'function') throw new Error('The recipe has no follow');
  const followed = follow(({ seq }: { seq: number }) => seen.push(seq));
  for (let seq = 3; seq <= 5; seq += 1) {
    await expect.poll(() => seen.at(-1)).toBe(seq - 1);
    expect(server.app.presence.find({ sessionId, userId })).toBeDefined();
    proxy.cut();
    await update(sessionId, `${seq}`);
  }
  await expect.poll(() => seen).toEqual([1, 2, 3, 4, 5]);
  await clientsOf(server).REST.deleteSession(sessionId);
  await followed;
  expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
});

test.each([
  ['GraphQL', graphqlSource],
  ['REST', restSource],
])(
  'EventSource on %s: resumes by itself, once for each event, and ends with the session',
  async (_, recipe) => {
    const { sessionId } = await newUser();
    const seen: number[] = [];
    const onEvent = ({ seq }: { seq: number }) => seen.push(seq);
    const source = run(recipe, { EventSource, SESSION: sessionId, onEvent }, 'source');
    if (!(source instanceof EventSource)) throw new Error('The recipe has no source');
    onTestFinished(() => source.close());
    await expect.poll(() => seen).toEqual([1, 2]);
    proxy.cut();
    await update(sessionId, 'while it is away');
    await expect.poll(() => seen).toEqual([1, 2, 3]);
    await clientsOf(server).REST.deleteSession(sessionId);
    await expect.poll(() => source.readyState).toBe(EventSource.CLOSED);
    expect(seen).toEqual([1, 2, 3, 4]);
  },
);

test('curl', async () => {
  const { sessionId } = await newUser();
  await update(sessionId, 'x');
  const script = recipes('bash').join('').replaceAll('http://localhost:8000', server.url);
  const env = { ...process.env, SESSION: sessionId };
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { env });
  expect(stdout).toMatch(/^{"events":\[{"seq":1,/);
  expect(stdout.match(/^id: \d$/gm)).toEqual(['id: 2', 'id: 3']);
});
