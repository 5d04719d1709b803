import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { inChromium } from '../support/browser.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startProxy } from '../support/proxy.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({}, { programs: true });
});
afterAll(() => server.close());

async function rest(method: string, path: string, body?: object) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(server.api + path, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  expect(response.ok).toBe(true);
  return response.status === 204 ? null : response.json();
}

async function newSession(code: string): Promise<string> {
  return (await rest('POST', '/sessions', { language: 'python', code })).id;
}

const person = (page: Page, name: string) => page.getByRole('listitem').filter({ hasText: name });
const output = (page: Page) => page.getByRole('log', { name: 'Output' });
const sees = (page: Page, text: string) => page.getByText(text, { exact: false }).first().waitFor();

inChromium('the room', ({ open }) => {
  test('a session is created, its link opened, and both see each other come and go', async () => {
    const ada = await open(`${server.url}/`, null);
    await ada.getByRole('button', { name: 'Create a session' }).click();
    await ada.getByLabel('Your name').fill('Ada');
    await ada.getByRole('button', { name: 'Join' }).click();
    await person(ada, 'Ada (you)').filter({ hasText: 'online' }).waitFor();

    const bob = await open(ada.url(), 'Bob');
    await person(ada, 'Bob').filter({ hasText: 'online' }).waitFor();
    await person(bob, 'Ada').filter({ hasText: 'online' }).waitFor();

    await bob.close();
    await person(ada, 'Bob').filter({ hasText: 'offline' }).waitFor();
    await ada.reload();
    await person(ada, 'Ada (you)').waitFor();
    expect(await ada.getByRole('list', { name: 'People' }).getByRole('listitem').count()).toBe(2);

    await ada.getByRole('button', { name: 'More' }).click();
    await ada.getByRole('button', { name: 'Leave' }).click();
    await sees(ada, 'You have left the session');
  });

  test('a program streams to both, reads what either types, and is stopped by the other', async () => {
    const id = await newSession(
      'import sys\nprint("\\x1b[32mWho?\\x1b[0m")\nname = input()\nprint("Hello", name, file=sys.stderr)\nwhile True: input()',
    );
    const ada = await open(`${server.url}/s/${id}`, 'Ada');
    const bob = await open(`${server.url}/s/${id}`, 'Bob');
    await sees(ada, 'Who?');
    await ada.locator('.cm-content').focus();
    await ada.keyboard.press('Control+Enter');
    for (const page of [ada, bob]) await output(page).getByText('Who?').waitFor();
    await bob.getByRole('status').getByText('started by Ada').waitFor();
    expect(await output(bob).getByText('Who?').getAttribute('class')).toContain('ansi-green');

    await bob.getByLabel('Input for the program').fill('Grace');
    await bob.keyboard.press('Enter');
    for (const page of [ada, bob]) await output(page).locator('.stderr').getByText('Hello Grace').waitFor();

    await bob.getByRole('button', { name: 'Stop' }).click();
    for (const page of [ada, bob]) await page.getByRole('status').getByText('Stopped').waitFor();
    await bob.locator('button:focus').filter({ hasText: 'Run' }).waitFor();
  });

  test('a run that waits for its turn is seen to wait by everybody', async () => {
    const busy = await startTestServer({ MAX_RUNNING: '1' }, { programs: true });
    onTestFinished(() => busy.close());
    const forever = { language: 'javascript', code: 'setInterval(() => {}, 1000)', timeout: 60_000 };
    const body = JSON.stringify(forever);
    const headers = { 'content-type': 'application/json' };
    const holder = new AbortController();
    const held = fetch(`${busy.api}/execute`, { method: 'POST', headers, body, signal: holder.signal });
    const { id } = await (await fetch(`${busy.api}/sessions`, { method: 'POST' })).json();
    const ada = await open(`${busy.url}/s/${id}`, 'Ada');
    const bob = await open(`${busy.url}/s/${id}`, 'Bob');
    await person(ada, 'Bob').filter({ hasText: 'online' }).waitFor();
    await ada.getByRole('button', { name: 'Run' }).click();
    for (const page of [ada, bob]) await page.getByRole('status').getByText('Waits for its turn').waitFor();
    holder.abort();
    await expect(held).rejects.toThrow();
    for (const page of [ada, bob]) await page.getByRole('status').getByText('Succeeded').waitFor();
  });

  test('the invite link is copied with one press', async () => {
    const url = `${server.url}/s/${await newSession('')}`;
    const page = await open(url, 'Ada', { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByRole('button', { name: 'Invite' }).click();
    await sees(page, 'Link copied');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(url);
  });

  test('input vanishes with the end of its program, and leaves the focus to the Run button', async () => {
    const page = await open(`${server.url}/s/${await newSession('input()')}`, 'Ada');
    await sees(page, 'input()');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByLabel('Input for the program').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('Succeeded').waitFor();
    await page.locator('button:focus').filter({ hasText: 'Run' }).waitFor();
  });

  test('memory is told where a program took some, and not beside the limit', async () => {
    const holding = (bytes: string) => `import time\nheld = bytearray(${bytes})\ntime.sleep(0.3)`;
    const run = async (code: string, verdict: string) => {
      const page = await open(`${server.url}/s/${await newSession(code)}`, 'Ada');
      await sees(page, 'import time');
      await page.getByRole('button', { name: 'Run' }).click();
      const status = page.getByRole('status').filter({ hasText: verdict });
      await status.waitFor();
      return status.textContent();
    };
    expect(await run(holding('50_000_000'), 'Succeeded')).toMatch(/ MB memory/);
    expect(await run(holding('0'), 'Succeeded')).not.toMatch(/(bytes|kB) memory/);
    const growing = 'import time\nheld = []\nwhile True: held.append(bytearray(10_000_000))';
    expect(await run(growing, 'Memory limit exceeded')).not.toContain('B memory');
  });

  test('long output is folded', async () => {
    const id = await newSession('for number in range(1000): print("line", number)');
    const page = await open(`${server.url}/s/${id}`, 'Ada');
    await sees(page, 'range');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByRole('button', { name: 'Show 840 hidden lines' }).click();
    await output(page).getByText('line 500').waitFor();
  });

  test('the eleventh person reads that the session is full, and what to do', async () => {
    const id = await newSession('');
    const users = [];
    for (let number = 1; number <= 10; number += 1) {
      users.push(await rest('POST', `/sessions/${id}/users`, { name: `Person ${number}` }));
    }
    const page = await open(`${server.url}/s/${id}`, 'Eve');
    await sees(page, 'This session is full');
    await rest('DELETE', `/sessions/${id}/users/${users[0].id}`);
    await page.getByRole('button', { name: 'Try again' }).click();
    await person(page, 'Eve (you)').waitFor();
  });

  test('completed, reopened and deleted sessions look so to everybody', async () => {
    const id = await newSession('');
    const ada = await open(`${server.url}/s/${id}`, 'Ada');
    const bob = await open(`${server.url}/s/${id}`, 'Bob');
    await person(bob, 'Ada').waitFor();
    const choose = async (name: string) => {
      await ada.getByRole('button', { name: 'More' }).click();
      await ada.getByRole('button', { name }).click();
    };
    await choose('Complete the session');
    await bob.getByText('Completed').waitFor();
    await choose('Reopen the session');
    await bob.getByText('Completed').waitFor({ state: 'detached' });
    await choose('Delete the session');
    await ada.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    for (const page of [ada, bob]) await sees(page, 'The session was deleted');
    await ada.reload();
    await sees(ada, 'There is no such session');
  });

  test('the language is changed for everybody', async () => {
    const id = await newSession('');
    const ada = await open(`${server.url}/s/${id}`, 'Ada');
    const bob = await open(`${server.url}/s/${id}`, 'Bob');
    await person(bob, 'Ada').waitFor();
    await ada.getByLabel('Language').selectOption('TypeScript');
    await expect
      .poll(() => bob.getByLabel('Language').inputValue(), { timeout: PATIENCE_MS })
      .toBe('TYPESCRIPT');
  });

  test('a lost connection is told, and what happened meanwhile is there when it is back', async () => {
    const proxy = await startProxy(server.url);
    const id = await newSession('');
    const page = await open(`${proxy.url}/s/${id}`, 'Ada', { isCut: true });
    await person(page, 'Ada (you)').filter({ hasText: 'online' }).waitFor();
    await page.context().setOffline(true);
    proxy.cut();
    await sees(page, 'Connection lost');
    await rest('POST', `/sessions/${id}/users`, { name: 'Bob' });
    await page.context().setOffline(false);
    await sees(page, 'Connected again');
    await person(page, 'Bob').waitFor();
    await person(page, 'Ada (you)').filter({ hasText: 'online' }).waitFor();
    expect(await page.getByRole('list', { name: 'People' }).getByRole('listitem').count()).toBe(2);
    proxy.close();
  });

  test('the playback shows the program at the moments that the log knows', async () => {
    const id = await newSession('first()');
    const texts = ['first()', 'second()', 'second()\nthird()', 'fourth()', 'fifth()'];
    for (const code of texts.slice(1)) await rest('PATCH', `/sessions/${id}`, { code });
    await rest('PATCH', `/sessions/${id}`, { status: 'completed' });
    const page = await open(`${server.url}/s/${id}/playback`, null);
    const slider = page.getByRole('slider', { name: 'Position' });
    await slider.focus();
    const lines = page.getByLabel('Program at this moment').locator('.cm-line');
    for (const text of texts) {
      await expect.poll(async () => (await lines.allTextContents()).join('\n')).toBe(text);
      await page.keyboard.press('ArrowRight');
    }
    await sees(page, 'Session completed');
    await page.getByLabel('Speed').selectOption('16×');
    await page.getByRole('button', { name: 'Play' }).click();
    await page.getByRole('button', { name: 'Play' }).waitFor();
    await sees(page, 'Event 6 of 6');
  });
});
