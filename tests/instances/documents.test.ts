import { setTimeout as pause, setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { firstState } from '../../src/documents/yjs-document.ts';
import { clientsOf } from '../support/api-clients.ts';
import { newDatabase } from '../support/database.ts';
import { hasText, hocuspocusEditor, yEditor } from '../support/documents.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** How a server looks something up in its database. */
const LOOKS = ['events', 'codeEvents', 'history', 'document', 'load'] as const;

const webSocket = ({ url }: TestServer) => url.replace('http', 'ws');

afterEach(() => void vi.restoreAllMocks());

describe.runIf(hasRedis)('one document on two instances', () => {
  let redis: RedisServer;
  let first: TestServer;
  let second: TestServer;
  beforeAll(async () => {
    redis = await startRedis();
    const { url } = await newDatabase();
    const settings = { DATABASE_URL: url, REDIS_URL: redis.url };
    first = await startTestServer(settings);
    second = await startTestServer(settings);
  });
  afterAll(async () => {
    await Promise.all([first.close(), second.close()]);
    await redis.stop();
  });

  async function newSession(code: string) {
    const client = clientsOf(first).REST;
    const id = (await client.createSession({ code })).value?.id ?? '';
    const join = async (name: string) => (await client.join(id, name)).value?.id ?? '';
    return { id, ann: await join('Ann'), bob: await join('Bob') };
  }

  test('a new document on one ends the connections to the old one on the other', async () => {
    const { id, ann } = await newSession('right\n');
    const one = yEditor(webSocket(first), ann, id);
    const codes: (number | undefined)[] = [];
    one.provider.on('connection-close', (event: { code: number } | null) => codes.push(event?.code));
    await hasText(one, 'right\n');
    const state = new Uint8Array(firstState('wrong', 1));
    await first.app.db.document.updateMany({ where: { sessionId: id }, data: { state } });
    second.app.log.level = 'silent';
    const two = yEditor(webSocket(second), ann, id);
    await hasText(two, 'right\n');
    await expect.poll(() => codes).toEqual([4410]);
    const three = yEditor(webSocket(first), ann, id);
    await hasText(three, 'right\n');
    two.text.insert(0, 'all ');
    await hasText(three, 'all right\n');
  });

  test('an editor that was away when a new document began is told so when it is back, and shows no text twice', async () => {
    const { id, ann, bob } = await newSession('right\n');
    const one = yEditor(webSocket(first), ann, id);
    const two = hocuspocusEditor(webSocket(first), bob, { name: id });
    for (const editor of [one, two]) await hasText(editor, 'right\n');
    one.provider.disconnect();
    two.socket.disconnect();
    two.socket.cancelWebsocketRetry?.();
    const state = new Uint8Array(firstState('wrong', 1));
    await first.app.db.document.updateMany({ where: { sessionId: id }, data: { state } });
    second.app.log.level = 'silent';
    await hasText(yEditor(webSocket(second), ann, id), 'right\n');
    const codes: (number | undefined)[] = [];
    one.provider.on('connection-close', (event: { code: number } | null) => codes.push(event?.code));
    one.provider.connect();
    await two.socket.connect();
    await expect.poll(() => codes).toEqual([4410]);
    await expect.poll(() => two.closed).toContainEqual(expect.stringContaining('begun again'));
    expect([one, two].map(({ text }) => text.toString())).toEqual(['right\n', 'right\n']);
  });

  test('fast typing on both interrupts nobody, and each letter is there once', async () => {
    const { id, ann, bob } = await newSession('');
    const editors = [first, first, second, second].map((server, i) =>
      yEditor(webSocket(server), i % 2 === 0 ? ann : bob, id),
    );
    const codes: (number | undefined)[] = [];
    for (const { provider } of editors) {
      provider.on('connection-close', (event: { code: number } | null) => codes.push(event?.code));
    }
    await expect.poll(() => editors.every(({ provider }) => provider.synced)).toBe(true);
    for (let i = 0; i < 400; i++) {
      const text = editors[i % 4]?.text;
      text?.insert(text.length, String.fromCharCode(0x4e00 + i));
      await pause(3);
    }
    await expect.poll(() => editors.map(({ text }) => text.length)).toEqual([400, 400, 400, 400]);
    const [text = ''] = editors.map((editor) => editor.text.toString());
    expect(new Set(text).size).toBe(400);
    for (const editor of editors) expect(editor.text.toString()).toBe(text);
    expect((await clientsOf(second).REST.getSession(id))?.code).toBe(text);
    expect(codes).toEqual([]);
  });

  test('an edit of another instance comes without a look into the database, the first one as well', async () => {
    const { id, ann, bob } = await newSession('');
    const [one, two] = [yEditor(webSocket(first), ann, id), yEditor(webSocket(second), bob, id)];
    for (const { provider } of [one, two]) await expect.poll(() => provider.synced).toBe(true);
    const looks = LOOKS.map((name) => vi.spyOn(second.app.store, name));
    for (const letter of 'abc') one.text.insert(one.text.length, letter);
    await hasText(two, 'abc');
    expect(looks.map(({ mock }) => mock.calls)).toEqual(LOOKS.map(() => []));
  });

  test('an edit that another instance was first to make is made again with one look, and tells its followers', async () => {
    const { id, ann, bob } = await newSession('');
    const [one, two] = [yEditor(webSocket(first), ann, id), yEditor(webSocket(second), bob, id)];
    for (const { provider } of [one, two]) await expect.poll(() => provider.synced).toBe(true);
    one.text.insert(0, 'a');
    await hasText(two, 'a');
    const { store } = second.app;
    const commit = store.commit.bind(store);
    vi.spyOn(store, 'commit').mockImplementationOnce(async (changes) => {
      one.text.insert(1, 'b');
      await expect.poll(async () => (await clientsOf(first).REST.getSession(id))?.code).toBe('ab');
      return commit(changes);
    });
    const looks = LOOKS.map((name) => vi.spyOn(store, name));
    two.text.insert(0, 'c');
    for (const editor of [one, two]) await hasText(editor, 'cab');
    expect(looks.map(({ mock }) => mock.calls.length)).toEqual([1, 0, 0, 0, 0]);
    expect((await clientsOf(second).REST.getSession(id))?.code).toBe('cab');
  });

  test('an editor that comes from another instance types on, and nobody is interrupted', async () => {
    const { id, ann, bob } = await newSession('');
    const [one, two] = [yEditor(webSocket(first), ann, id), yEditor(webSocket(second), bob, id)];
    for (const { provider } of [one, two]) await expect.poll(() => provider.synced).toBe(true);
    one.text.insert(0, 'a');
    two.text.insert(0, 'b');
    for (const editor of [one, two]) await expect.poll(() => editor.text.length).toBe(2);
    one.provider.disconnect();
    one.provider.serverUrl = `${webSocket(second)}/yjs`;
    const codes: (number | undefined)[] = [];
    for (const { provider } of [one, two]) {
      provider.on('connection-close', (event: { code: number } | null) => codes.push(event?.code));
    }
    one.provider.connect();
    await expect.poll(() => one.provider.synced).toBe(true);
    one.text.insert(0, 'c');
    await expect.poll(() => two.text.length).toBe(3);
    one.text.insert(0, 'd');
    await hasText(two, one.text.toString());
    expect(codes).toEqual([]);
  });

  test('opened on both at once, the text is there once', async () => {
    for (let round = 0; round < 5; round++) {
      const { id, ann, bob } = await newSession('text\n');
      const editors = [yEditor(webSocket(first), ann, id), yEditor(webSocket(second), bob, id)];
      const patched = clientsOf(second).REST.updateSession(id, { code: 'text\nmore\n' });
      await patched;
      for (const editor of editors) await hasText(editor, 'text\nmore\n');
    }
  });

  test('what one instance refused of a session is in its document neither then nor after a change of the other', async () => {
    const { id, ann } = await newSession('A\n');
    const patch = async ({ api }: TestServer, body: object) => {
      const headers = { 'content-type': 'application/json' };
      return fetch(`${api}/sessions/${id}`, { method: 'PATCH', headers, body: JSON.stringify(body) });
    };
    const before = yEditor(webSocket(first), ann, id);
    await hasText(before, 'A\n');
    await patch(first, { expiresAt: Date.now() + 1_000 });
    await expect.poll(async () => (await clientsOf(first).REST.getSession(id))?.status).toBe('COMPLETED');
    expect((await patch(first, { code: 'B\n', status: 'active' })).status).toBe(400);
    await patch(second, { status: 'active', expiresAt: Date.now() + 3_600_000 });
    await patch(second, { code: 'C\n' });
    await hasText(before, 'C\n');
    await hasText(yEditor(webSocket(first), ann, id), 'C\n');
    await hasText(yEditor(webSocket(second), ann, id), 'C\n');
  });

  test('editors that type at once, PATCH on both, and REST have one text', async () => {
    const { id, ann, bob } = await newSession('0\n');
    // Both instances know the session before its document is opened.
    for (const server of [first, second]) await clientsOf(server).REST.getSession(id);
    const editors = [
      yEditor(webSocket(first), ann, id),
      hocuspocusEditor(webSocket(second), bob, { name: id }),
      yEditor(webSocket(second), bob, id),
    ];
    for (const editor of editors) await hasText(editor, '0\n');
    const typed: string[] = [];
    for (let round = 0; round < 30; round++) {
      for (const { text } of editors) {
        const character = String.fromCodePoint(0x4e00 + typed.length);
        typed.push(character);
        text.insert((round * 7) % (text.length + 1), character);
      }
      await setImmediate();
    }
    const missing = async () => {
      const code = (await clientsOf(second).REST.getSession(id))?.code ?? '';
      return typed.filter((character) => !code.includes(character));
    };
    await expect.poll(missing).toEqual([]);
    const code = (await clientsOf(first).REST.getSession(id))?.code ?? '';
    for (const editor of editors) await hasText(editor, code);
    await clientsOf(second).REST.updateSession(id, { code: `${code}!` });
    for (const editor of editors) await hasText(editor, `${code}!`);
    expect((await clientsOf(first).REST.getSession(id))?.code).toBe(`${code}!`);
  });
});
