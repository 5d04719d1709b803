import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientsOf } from '../support/api-clients.ts';
import { inChromium } from '../support/browser.ts';
import { poll } from '../support/editor.ts';
import { type Editor, type EditorPages, focus, serveEditorPages, textOf } from '../support/editor-pages.ts';
import { startProxy } from '../support/proxy.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** Both providers cut a connection over which nothing came for 30 seconds. */
const IDLE_MS = 40_000;

let server: TestServer;
let pages: EditorPages;
beforeAll(async () => {
  server = await startTestServer({ CORS_ORIGINS: '*' });
  pages = await serveEditorPages();
});
afterAll(() => server.close());

async function newSession(code: string) {
  const client = clientsOf(server).REST;
  const id = (await client.createSession({ code })).value?.id ?? '';
  return { client, id, code: async () => (await client.getSession(id))?.code ?? '' };
}

type Session = Awaited<ReturnType<typeof newSession>>;

inChromium('the recipes for editors', ({ open }) => {
  async function edit({ client, id }: Session, name: string, editor: Editor, serverUrl = server.url) {
    const userId = (await client.join(id, name)).value?.id ?? '';
    const url = pages.url(editor, { serverUrl, sessionId: id, userId });
    const permissions = ['clipboard-read', 'clipboard-write'];
    const page = await open(url, null, { permissions, isCut: serverUrl !== server.url });
    await poll(() => page.evaluate('provider.synced')).toBe(true);
    return page;
  }

  const all = (session: Session) =>
    Promise.all([
      edit(session, 'Ann', 'y-websocket'),
      edit(session, 'Bob', 'y-websocket'),
      edit(session, 'Eve', 'Hocuspocus'),
    ]);

  /** A client without Yjs, which appends letters to the first line. */
  async function type({ id }: Session, letters: string): Promise<void> {
    for (const letter of letters) {
      const url = `${server.api}/sessions/${id}`;
      const base = Number((await fetch(url)).headers.get('etag')?.slice(1, -1));
      const changes = [{ at: 0, delete: 0, insert: letter }];
      const body = JSON.stringify({ id: crypto.randomUUID(), base, changes });
      const headers = { 'content-type': 'application/json' };
      expect((await fetch(`${url}/edits`, { method: 'POST', headers, body })).ok).toBe(true);
    }
  }

  async function expectText(session: Session, editors: readonly Page[], text: string): Promise<void> {
    for (const page of editors) await poll(() => textOf(page)).toBe(text);
    await poll(session.code).toBe(text);
  }

  async function paste(page: Page, text: string): Promise<void> {
    await focus(page);
    await page.evaluate((pasted) => navigator.clipboard.writeText(pasted), text);
    await page.keyboard.press('Control+v');
  }

  test('three editors over both providers and a client without Yjs type at once', async () => {
    const session = await newSession('');
    const editors = await all(session);
    await Promise.all([
      ...editors.map(async (page, i) => {
        await focus(page);
        await page.keyboard.type('abc'.charAt(i).repeat(40), { delay: 10 });
      }),
      type(session, 'd'.repeat(40)),
    ]);
    await poll(async () => (await session.code()).length).toBe(160);
    const text = await session.code();
    expect([...text].sort().join('')).toBe(['a', 'b', 'c', 'd'].map((letter) => letter.repeat(40)).join(''));
    await expectText(session, editors, text);
  });

  test('Monaco and CodeMirror type at once, in a text that had CRLF', async () => {
    const session = await newSession('one\r\ntwo\r\n');
    const editors = await Promise.all([
      edit(session, 'Ann', 'y-websocket'),
      edit(session, 'Bob', 'Monaco'),
      edit(session, 'Eve', 'Monaco'),
    ]);
    await expectText(session, editors, 'one\ntwo\n');
    await Promise.all(
      editors.map(async (page, i) => {
        await focus(page);
        await page.keyboard.press('Control+End');
        await page.keyboard.type('abc'.charAt(i).repeat(40), { delay: 10 });
      }),
    );
    await poll(async () => (await session.code()).length).toBe(128);
    const text = await session.code();
    expect(text.startsWith('one\ntwo\n')).toBe(true);
    expect([...text.slice(8)].sort().join('')).toBe(
      ['a', 'b', 'c'].map((letter) => letter.repeat(40)).join(''),
    );
    await expectText(session, editors, text);
    const [, bob, eve] = editors;
    await eve?.keyboard.press('Control+Home');
    await bob?.locator('.yRemoteSelectionHead').first().waitFor({ state: 'attached' });
  });

  test('undo takes back one’s own alone, and a reload shows what was typed', async () => {
    const session = await newSession('');
    const [ann, bob, eve] = await all(session);
    for (const [page, typed] of [
      [ann, 'one '],
      [bob, 'two '],
      [eve, 'three '],
    ] as const) {
      await focus(page);
      await page.keyboard.press('Control+End');
      await page.keyboard.type(typed);
      await poll(session.code).toContain(typed);
      for (const other of [ann, bob, eve]) await poll(() => textOf(other)).toContain(typed);
    }
    await bob.keyboard.press('Control+z');
    await expectText(session, [ann, bob, eve], 'one three ');
    await eve.keyboard.press('Control+z');
    await expectText(session, [ann, bob, eve], 'one ');
    await bob.keyboard.press('Control+y');
    await expectText(session, [ann, bob, eve], 'one two ');
    await ann.reload();
    await expectText(session, [ann, bob, eve], 'one two ');
  });

  test('500 kB are pasted, and emoji with CRLF', async () => {
    const session = await newSession('first\r\nsecond\r\n');
    const editors = await all(session);
    const [ann, , eve] = editors;
    await expectText(session, editors, 'first\nsecond\n');
    const long = `${'0123456789'.repeat(10)}\n`.repeat(5_000);
    await paste(ann, long);
    await expectText(session, editors, `${long}first\nsecond\n`);
    await focus(eve);
    await eve.keyboard.press('Control+a');
    await paste(eve, '👩‍👩‍👧‍👦 a\r\n😀\rb');
    await expectText(session, editors, '👩‍👩‍👧‍👦 a\n😀\nb');
    await paste(ann, '🏳️‍🌈');
    await poll(session.code).toContain('🏳️‍🌈');
    await expectText(session, editors, await session.code());
  });

  test.each<Editor>(['y-websocket', 'Hocuspocus'])(
    'over %s, what was typed offline merges',
    async (provider) => {
      const proxy = await startProxy(server.url);
      const session = await newSession('middle');
      const ann = await edit(session, 'Ann', provider, proxy.url);
      const bob = await edit(session, 'Bob', 'y-websocket');
      await ann.context().setOffline(true);
      proxy.cut();
      await focus(ann);
      await ann.keyboard.press('Control+Home');
      await ann.keyboard.type('start ');
      await focus(bob);
      await bob.keyboard.press('Control+End');
      await bob.keyboard.type(' end');
      await poll(session.code).toBe('middle end');
      await ann.context().setOffline(false);
      await expectText(session, [ann, bob], 'start middle end');
      proxy.close();
    },
  );

  test('an editor in which nothing happens keeps its connection', async () => {
    const session = await newSession('text');
    const editors = await all(session);
    const closed = editors.map((page) =>
      page.evaluate(
        (idle) =>
          new Promise((resolve) => {
            // @ts-expect-error: the recipe's provider, of either kind.
            const { provider } = globalThis;
            provider.on('status', ({ status }: { status: string }) => resolve(status));
            setTimeout(resolve, idle, 'kept');
          }),
        IDLE_MS,
      ),
    );
    expect(await Promise.all(closed)).toEqual(['kept', 'kept', 'kept']);
  });
});
