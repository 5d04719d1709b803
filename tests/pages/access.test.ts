import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findings } from '../support/axe.ts';
import { inChromium } from '../support/browser.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startProxy } from '../support/proxy.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const KEY = 'the-key-of-the-operator-of-this-test';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ ACCESS: 'closed', OPERATOR_KEY: KEY });
});
afterAll(() => server.close());

const CLIPBOARD = { permissions: ['clipboard-read', 'clipboard-write'] };
const person = (page: Page, name: string) => page.getByRole('listitem').filter({ hasText: name });
const sees = (page: Page, text: string) => page.getByText(text, { exact: false }).first().waitFor();
const isEditable = (page: Page) =>
  expect.poll(() => page.locator('.cm-content').getAttribute('contenteditable'), { timeout: PATIENCE_MS });

async function choose(page: Page, menu: string, item: string) {
  await page.getByRole('button', { name: menu, exact: true }).click();
  await page.getByRole('button', { name: item, exact: true }).click();
}

/** Returns a link that lets in one person. */
async function invite(host: Page, role: string): Promise<string> {
  await host.getByLabel('Invite as').selectOption(role);
  await host.getByRole('button', { name: 'Invite', exact: true }).click();
  await sees(host, `Link for one ${role.toLowerCase()} copied`);
  return host.evaluate(() => navigator.clipboard.readText());
}

inChromium('the page of a closed server', ({ open }) => {
  async function openAsHost(name: string, options: BrowserContextOptions = {}): Promise<Page> {
    // Chromium writes an error into the console for the answer that a key is needed.
    const page = await open(`${server.url}/`, name, { ...CLIPBOARD, ...options, isRefused: true });
    await page.getByRole('button', { name: 'Create a session' }).click();
    await page.getByLabel('API key').fill(KEY);
    await page.getByRole('button', { name: 'Create a session' }).click();
    await person(page, `${name} (you)`).filter({ hasText: 'Host, online' }).waitFor();
    return page;
  }

  test('who has a key creates a session, and invites people who see what their role lets them', async () => {
    const ada = await openAsHost('Ada');
    expect(new URL(ada.url()).hash).toBe('');
    expect(await ada.evaluate(() => JSON.stringify(localStorage))).not.toContain(KEY);

    const link = await invite(ada, 'Candidate');
    const bob = await open(link, 'Bob');
    await person(bob, 'Ada').filter({ hasText: 'Host, online' }).waitFor();
    await person(ada, 'Bob').filter({ hasText: 'Candidate, online' }).waitFor();
    await isEditable(bob).toBe('true');
    expect(await bob.getByRole('button', { name: 'Invite' }).count()).toBe(0);
    await bob.reload();
    await person(bob, 'Bob (you)').waitFor();

    const eve = await open(await invite(ada, 'Observer'), 'Eve');
    await sees(eve, 'You observe');
    await isEditable(eve).toBe('false');
    expect(await eve.getByRole('button', { name: 'Run' }).isDisabled()).toBe(true);
    await bob.locator('.cm-content').focus();
    await bob.keyboard.type('typed by Bob');
    await sees(eve, 'typed by Bob');
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`a link that cannot be copied stays until it is closed, ${colorScheme}`, async () => {
      const ada = await openAsHost('Ada', { colorScheme, viewport: { width: 375, height: 700 } });
      await ada.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
      await ada.getByRole('button', { name: 'Invite', exact: true }).click();
      const field = ada.getByRole('dialog').getByRole('textbox');
      const link = await field.inputValue();
      const look = await field.evaluate((element: HTMLTextAreaElement) => ({
        isReadOnly: element.readOnly,
        selected: element.value.slice(element.selectionStart, element.selectionEnd),
        hidden: element.scrollWidth - element.clientWidth,
      }));
      expect(look).toEqual({ isReadOnly: true, selected: link, hidden: 0 });
      expect(await findings(ada)).toEqual([]);
      await ada.getByRole('button', { name: 'Close' }).click();
      await field.waitFor({ state: 'detached' });
      await person(await open(link, 'Bob'), 'Bob (you)').waitFor();
    });
  }

  test('who may not run starts nothing by the keyboard either', async () => {
    const ada = await openAsHost('Ada');
    const eve = await open(await invite(ada, 'Observer'), 'Eve');
    await sees(eve, 'You observe');
    const asked: string[] = [];
    eve.on('request', (request) => asked.push(request.postData() ?? ''));
    await eve.locator('.cm-content').press('Control+Enter');
    await choose(ada, 'Manage Eve', 'Make candidate');
    await isEditable(eve).toBe('true');
    expect(asked.filter((body) => body.includes('startExecution'))).toEqual([]);
  });

  test('a run that failed is told why, until the rights change or the connection is back', async () => {
    const proxy = await startProxy(server.url);
    const ada = await openAsHost('Ada');
    const link = new URL(await invite(ada, 'Candidate'));
    const options = { isCut: true, isRefused: true };
    const bob = await open(proxy.url + link.pathname + link.hash, 'Bob', options);
    await isEditable(bob).toBe('true');
    const error = bob.locator('.runs-error');
    const run = () => bob.getByRole('button', { name: 'Run' }).click();

    await bob.route('**/graphql', (route) =>
      route.continue({ headers: { 'content-type': 'application/json' } }),
    );
    await run();
    await error.getByText('A valid credential is needed').waitFor();
    await choose(ada, 'More', 'Lock running for candidates');
    await error.waitFor({ state: 'detached' });
    await choose(ada, 'More', 'Unlock running for candidates');
    await bob.unroute('**/graphql');

    await bob.context().setOffline(true);
    await run();
    await error.getByText('The server does not answer').waitFor();
    proxy.cut();
    await sees(bob, 'Connection lost');
    await bob.context().setOffline(false);
    await error.waitFor({ state: 'detached' });
    proxy.close();
  });

  test('an invite is good once, and nobody comes in without one', async () => {
    const ada = await openAsHost('Ada');
    const link = await invite(ada, 'Candidate');
    const bob = await open(link, 'Bob');
    await person(bob, 'Bob (you)').waitFor();
    await sees(await open(link, 'Eve'), 'This invite is not valid any more');
    await sees(await open(bob.url(), 'Eve'), 'You need an invite');
    await sees(await open(`${bob.url()}/playback`, 'Eve'), 'You need an invite');
    await bob.goto(`${bob.url()}/playback`);
    await bob.getByRole('button', { name: 'Play' }).waitFor();
  });

  test('a host locks, changes roles and removes, and each page shows it at once', async () => {
    const ada = await openAsHost('Ada');
    const bob = await open(await invite(ada, 'Candidate'), 'Bob');
    await isEditable(bob).toBe('true');

    await choose(ada, 'More', 'Lock editing for candidates');
    for (const page of [ada, bob]) await sees(page, 'Editing locked for candidates');
    await sees(bob, 'A host has locked editing');
    await isEditable(bob).toBe('false');
    await isEditable(ada).toBe('true');
    await choose(ada, 'More', 'Unlock editing for candidates');
    await isEditable(bob).toBe('true');
    await bob.locator('.cm-content').focus();
    await bob.keyboard.type('after the lock');
    await sees(ada, 'after the lock');

    await choose(ada, 'Manage Bob', 'Make observer');
    await sees(bob, 'You observe');
    await choose(ada, 'Manage Bob', 'Make candidate');
    await isEditable(bob).toBe('true');
    await bob.locator('.cm-content').focus();
    await bob.keyboard.type('back as a candidate');
    await sees(ada, 'back as a candidate');

    await choose(ada, 'Manage Bob', 'Remove from the session');
    await sees(bob, 'You have left the session');
    expect(await person(ada, 'Bob').count()).toBe(0);
  });

  test('a session that expires has ended for its people', async () => {
    const ada = await openAsHost('Ada');
    const bob = await open(await invite(ada, 'Candidate'), 'Bob');
    await ada.getByRole('button', { name: 'More', exact: true }).click();
    await ada.getByLabel('Ends by itself').selectOption('In 30 minutes');
    await sees(bob, 'Ends at');
    const id = new URL(ada.url()).pathname.split('/').at(-1);
    const response = await fetch(`${server.api}/sessions/${id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ expiresAt: Date.now() + 1_500 }),
    });
    expect(response.status).toBe(200);
    for (const page of [ada, bob]) await sees(page, 'The session has ended');
  });
});
