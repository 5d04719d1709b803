import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import { clientsOf } from '../support/api-clients.ts';
import { newSession, participant } from '../support/participants.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const page = await readFile('docs/documents.md', 'utf8');
// Those of editors are tested in a browser.
const [, , withToken = '', changes = ''] = [...page.matchAll(/^```js\n(.*?)^```/gms)].map(
  ([, text]) => text ?? '',
);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function newUser() {
  const client = clientsOf(server).REST;
  const id = (await client.createSession({ code: 'print()' })).value?.id ?? '';
  return { client, id, SESSION: id, USER: (await client.join(id)).value?.id ?? '' };
}

const AsyncFunction = (async () => {}).constructor as FunctionConstructor;

/** Runs a recipe as it stands, but for the address of the server and the editor; `end` is what it returns. */
function run(recipe: string, known: Record<string, unknown>, end: string): Promise<unknown> {
  const code = recipe
    .replace(/^import .*\n/gm, '')
    .replaceAll('http://localhost:8000', server.url)
    .replaceAll('ws://localhost:8000', server.url.replace('http', 'ws'));
  return new AsyncFunction(...Object.keys(known), `${code}\nreturn ${end};`)(...Object.values(known));
}

test('a client without Yjs appends a line', async () => {
  const { client, id, ...known } = await newUser();
  const result = await run(changes, known, '{ seq, changes }');
  expect(result).toEqual({ seq: 3, changes: [{ at: 7, delete: 0, insert: '\n# the end' }] });
  expect((await client.getSession(id))?.code).toBe('print()\n# the end');
});

/** As a browser has it. */
class BrowserProvider extends WebsocketProvider {
  constructor(url: string, room: string, doc: Y.Doc, options: object) {
    super(url, room, doc, { ...options, WebSocketPolyfill: WebSocket as never, disableBc: true });
  }
}

test('a token opens the document as its user', async () => {
  const SESSION = await newSession(server.app, 'print()');
  const { user, token: TOKEN } = await participant(server.app, SESSION, 'CANDIDATE', 'Ada');
  const known = { SESSION, TOKEN, doc: new Y.Doc(), WebsocketProvider: BrowserProvider };
  const provider = (await run(withToken, known, 'provider')) as WebsocketProvider;
  onTestFinished(() => provider.destroy());
  await expect.poll(() => provider.doc.getText('code').toString()).toBe('print()');
  expect(server.app.presence.find({ sessionId: SESSION, userId: user.id })).toBeDefined();
});
