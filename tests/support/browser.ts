import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { stopAtEnd } from './cleanup.ts';
import { PATIENCE_MS } from './patience.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

interface PageOptions extends BrowserContextOptions {
  /** The test cuts the connection, of which Chromium itself writes errors into the console. */
  readonly isCut?: boolean;
  /** The server refuses the page something, of which Chromium itself writes errors into the console. */
  readonly isRefused?: boolean;
}

/** Opens pages in browsers of their own, as different people have them. */
export interface People {
  /** Opens a URL in a browser whose owner has this name. Problems that the page reports fail the test. */
  open(url: string, name: string | null, options?: PageOptions): Promise<Page>;
}

/** Defines tests in a real browser. Skips them, and says why, where there is none. */
export function inChromium(title: string, define: (people: People) => void): void {
  const reason = CHROMIUM ? '' : ' (skipped: no Chromium in /usr/bin)';
  describe.skipIf(!CHROMIUM)(title + reason, () => {
    let browser: Browser;
    beforeAll(async () => {
      // Chromium's own sandbox does not start for root.
      const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
      browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args });
      const close = stopAtEnd(() => browser.close());
      afterAll(close);
    });
    define({ open: (url, name, options) => open(browser, url, name, options) });
  });
}

async function open(
  browser: Browser,
  url: string,
  name: string | null,
  { isCut = false, isRefused = false, ...options }: PageOptions = {},
): Promise<Page> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  if (name !== null) {
    await context.addInitScript((known) => localStorage.setItem('codeinterview.name', known), name);
  }
  const page = await context.newPage();
  const problems: string[] = [];
  const { host } = new URL(url);
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${message.text()} at ${message.location().url}`);
  });
  page.on('pageerror', (error) => problems.push(error.stack || String(error)));
  page.on('request', (request) => {
    const requested = new URL(request.url());
    if (requested.protocol.startsWith('http') && requested.host !== host) problems.push(request.url());
  });
  onTestFinished(async () => {
    await context.close();
    const expected = [...(isCut ? [OF_A_CUT] : []), ...(isRefused ? [OF_A_REFUSAL] : [])];
    expect(problems.filter((problem) => !expected.some((pattern) => pattern.test(problem)))).toEqual([]);
  });
  await page.goto(url);
  return page;
}

const OF_A_REFUSAL = /status of 401/;
const OF_A_CUT = /WebSocket connection to '[^']*' failed|net::ERR_/;
