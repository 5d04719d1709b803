import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inChromium } from '../support/browser.ts';
import { type AccessServer, startAccessServer } from '../support/closed-server.ts';
import { PATIENCE_MS } from '../support/patience.ts';

let server: AccessServer;
let key: string;
let sessionId: string;
beforeAll(async () => {
  server = await startAccessServer();
  key = await server.key('SESSIONS');
  sessionId = (await server.rest('POST', '/sessions', key, { code: 'print(1)' })).body.id;
});
afterAll(() => server.close());

/**
 * Replaces the text of an editor by pasting, because to what is typed it adds closing brackets. Again, where the editor
 * was not ready for it.
 */
async function write(page: Page, editor: string, text: string): Promise<void> {
  const lines = page.locator(`${editor} .view-lines`).filter({ visible: true });
  const paste = async () => {
    await lines.click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
    await page.keyboard.press('ControlOrMeta+v');
    await page.waitForTimeout(PASTING_MS);
    return textOf(lines);
  };
  await expect.poll(paste, { timeout: PATIENCE_MS }).toBe(text);
}

const PASTING_MS = 300;

async function textOf(locator: Locator): Promise<string> {
  return ((await locator.textContent()) ?? '').replaceAll('\u00a0', ' ');
}

async function execute(page: Page, query: string): Promise<void> {
  await write(page, '.graphiql-query-editor', query);
  await page.getByRole('button', { name: /^Execute query/ }).click();
}

const response = (page: Page) =>
  expect.poll(() => textOf(page.locator('.graphiql-response')), { timeout: PATIENCE_MS });

inChromium('GraphiQL of a closed server', ({ open }) => {
  test('sends its headers with a query and a subscription, and keeps nothing of them', async () => {
    const page = await open(`${server.url}/graphql`, null, {
      viewport: { width: 1280, height: 800 },
      permissions: ['clipboard-read', 'clipboard-write'],
      isRefused: true,
    });
    await page.locator('.graphiql-query-editor .view-line').first().waitFor();
    await execute(page, `{ session(id: "${sessionId}") { code } }`);
    await response(page).toContain('UNAUTHENTICATED');

    await page.getByRole('button', { name: 'Headers', exact: true }).click();
    await write(page, '.graphiql-editor-tool', JSON.stringify({ authorization: `Bearer ${key}` }));
    await execute(page, `{ session(id: "${sessionId}") { code } }`);
    await response(page).toContain('print(1)');

    await execute(page, `subscription { session(id: "${sessionId}") { code seq } }`);
    await response(page).toContain('"seq": 1');
    await server.rest('PATCH', `/sessions/${sessionId}`, key, { code: 'print(2)' });
    await response(page).toContain('print(2)');

    await page.reload();
    await page.locator('.graphiql-query-editor .view-line').first().waitFor();
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    expect(kept).toContain('subscription');
    // The secret, in which `_` is a letter.
    expect(kept).not.toContain(key.slice(-43));
    expect(kept).not.toContain('Bearer');
    expect(await page.context().cookies()).toEqual([]);
  });
});
