import { afterAll, beforeAll, expect, test } from 'vitest';
import { inChromium } from '../support/browser.ts';
import { content, poll, shown } from '../support/editor.ts';
import { startProxy } from '../support/proxy.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function newSession(code: string): Promise<string> {
  const response = await fetch(`${server.api}/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ language: 'python', code }),
  });
  return (await response.json()).id;
}

const stored = async (id: string) => (await (await fetch(`${server.api}/sessions/${id}`)).json()).code;

inChromium('the editor', ({ open }) => {
  test('two people type at the same place at once and see the same, a third reloads in between', async () => {
    const id = await newSession('');
    const [ada, bob, eve] = await Promise.all(
      ['Ada', 'Bob', 'Eve'].map((name) => open(`${server.url}/s/${id}`, name)),
    );
    if (!ada || !bob || !eve) throw new Error('Three pages were opened');
    for (const page of [ada, bob, eve]) await content(page).focus();
    await Promise.all([
      ada.keyboard.type('a'.repeat(40), { delay: 5 }),
      bob.keyboard.type('b'.repeat(40), { delay: 5 }),
      eve.reload(),
    ]);
    await poll(async () => (await stored(id)).length).toBe(80);
    const text = await stored(id);
    for (const page of [ada, bob, eve]) await poll(() => shown(page)).toBe(text);
    expect([...text].sort().join('')).toBe('a'.repeat(40) + 'b'.repeat(40));
  });

  test('cursors of others have their names, typing is told, and undo takes back one’s own edits alone', async () => {
    const id = await newSession('one\ntwo\n');
    const ada = await open(`${server.url}/s/${id}`, 'Ada');
    const bob = await open(`${server.url}/s/${id}`, 'Bob');
    await content(bob).focus();
    await bob.keyboard.press('Control+End');
    await bob.keyboard.type('three');
    await ada.locator('.cm-remote-name').getByText('Bob').waitFor();
    await ada.getByRole('listitem').filter({ hasText: 'Bob' }).filter({ hasText: 'typing' }).waitFor();
    await poll(() => shown(ada)).toBe('one\ntwo\nthree');

    await content(ada).focus();
    await ada.keyboard.press('Control+Home');
    await ada.keyboard.type('zero ');
    await poll(() => shown(bob)).toBe('zero one\ntwo\nthree');
    await bob.keyboard.press('Control+z');
    await poll(() => shown(ada)).toBe('zero one\ntwo\n');
    await bob.keyboard.press('Control+y');
    await poll(() => shown(ada)).toBe('zero one\ntwo\nthree');

    await bob.close();
    await ada.locator('.cm-remote-name').waitFor({ state: 'detached' });
  });

  test('what was typed without a connection merges when it is back', async () => {
    const proxy = await startProxy(server.url);
    const id = await newSession('middle');
    const ada = await open(`${proxy.url}/s/${id}`, 'Ada', { isCut: true });
    const bob = await open(`${server.url}/s/${id}`, 'Bob');
    await content(ada).focus();
    await ada.context().setOffline(true);
    proxy.cut();
    await ada.getByText('Connection lost').waitFor();
    await ada.keyboard.press('Control+Home');
    await ada.keyboard.type('start ');
    await content(bob).focus();
    await bob.keyboard.press('Control+End');
    await bob.keyboard.type(' end');
    await poll(() => stored(id)).toBe('middle end');
    await ada.context().setOffline(false);
    for (const page of [ada, bob]) await poll(() => shown(page)).toBe('start middle end');
    await poll(() => stored(id)).toBe('start middle end');
    proxy.close();
  });

  test('the language is switched while another types', async () => {
    const id = await newSession('');
    const ada = await open(`${server.url}/s/${id}`, 'Ada');
    const bob = await open(`${server.url}/s/${id}`, 'Bob');
    await content(ada).focus();
    await content(bob).waitFor();
    await Promise.all([
      ada.keyboard.type('abcdefghijklmnopqrstuvwxyz', { delay: 10 }),
      bob.getByLabel('Language').selectOption('TypeScript'),
    ]);
    await poll(() => shown(bob)).toBe('abcdefghijklmnopqrstuvwxyz');
    await poll(() => ada.getByLabel('Language').inputValue()).toBe('TYPESCRIPT');
  });

  test('the keyboard is enough to create a session, join, type, run and leave the editor', async () => {
    const page = await open(`${server.url}/`, null);
    const press = async (key: string, times: number) => {
      for (let time = 0; time < times; time += 1) await page.keyboard.press(key);
    };
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await press('Tab', 3);
    expect(await focused()).toBe('Create a session');
    await page.keyboard.press('Enter');
    await page.getByLabel('Your name').waitFor();
    await page.keyboard.type('Ada');
    await page.keyboard.press('Enter');
    await content(page).waitFor();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('if True:\nprint(1)');
    await poll(() => shown(page)).toBe('if True:\n    print(1)');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await focused()).toContain('Run');
  });

  test('the playback shows who typed what', async () => {
    const id = await newSession('');
    const ada = await open(`${server.url}/s/${id}`, 'Ada');
    const bob = await open(`${server.url}/s/${id}`, 'Bob');
    await content(bob).waitFor();
    await content(ada).focus();
    await ada.keyboard.type('ab');
    await poll(() => shown(bob)).toBe('ab');
    await content(bob).focus();
    await bob.keyboard.press('Control+End');
    await bob.keyboard.type('c');
    await poll(() => stored(id)).toBe('abc');
    const page = await open(`${server.url}/s/${id}/playback`, null);
    await page.getByRole('slider').focus();
    const texts = new Map<string, string>();
    for (let event = 0; event < 6; event += 1) {
      texts.set(await shown(page), (await page.locator('.moment strong').textContent()) ?? '');
      await page.keyboard.press('ArrowRight');
    }
    expect(texts.get('abc')).toBe('Bob typed');
    expect(texts.get('ab')).toBe('Ada typed');
  });

  test('a program that became too long is told so, and stays to be copied', async () => {
    const id = await newSession('');
    const ada = await open(`${server.url}/s/${id}`, 'Ada');
    await content(ada).evaluate((editor) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', 'A line.\n'.repeat(2 ** 18));
      editor.dispatchEvent(new ClipboardEvent('paste', { clipboardData }));
    });
    await content(ada).pressSequentially('!');
    await ada.getByText('at most 2 MiB').waitFor();
    await content(ada).waitFor({ state: 'detached' });
    expect(await shown(ada)).toContain('A line.');
    expect(await stored(id)).not.toContain('!');
  });

  test('a completed session is read only for everybody', async () => {
    const id = await newSession('done');
    const ada = await open(`${server.url}/s/${id}`, 'Ada');
    await content(ada).waitFor();
    await fetch(`${server.api}/sessions/${id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ status: 'completed' }),
    });
    await content(ada).waitFor({ state: 'detached' });
    expect(await shown(ada)).toBe('done');
  });
});
