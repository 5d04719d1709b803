import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { PATIENCE_MS } from './patience.ts';

/** The text that an editor shows, without the names at the cursors of others. */
export async function shown(page: Page): Promise<string> {
  const lines = await page.locator('.cm-line').evaluateAll((all) =>
    all.map((line) => {
      const copy = line.cloneNode(true);
      if (copy instanceof Element)
        for (const caret of copy.querySelectorAll('.cm-remote-caret')) caret.remove();
      return copy.textContent;
    }),
  );
  return lines.join('\n');
}

/** The text of an editor that may be edited. */
export const content = (page: Page) => page.locator('.cm-content[contenteditable="true"]');
/** Waits until what is read is as expected. */
export const poll = <Value>(read: () => Promise<Value>) => expect.poll(read, { timeout: PATIENCE_MS });
