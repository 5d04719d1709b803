import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const BUILT = 'dist/room';
const KB = 1_000;

/** Returns the bytes that a page loads at first, compressed, with all that its files import. */
async function weigh(page: string): Promise<number> {
  const files = new Set([page]);
  for (const file of files) {
    if (!/\.(html|js)$/.test(file)) continue;
    const text = await readFile(join(BUILT, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/(?:assets\/|\.\/)([\w-]+-[\w-]{8}\.(?:js|css|svg))/g)) {
      files.add(`assets/${name}`);
    }
  }
  const sizes = [...files].map(async (file) => (await stat(join(BUILT, `${file}.br`))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

test.each([
  ['the start page', 'index.html', 60],
  ['the room', 'session.html', 300],
])('%s stays within its budget', async (_name, page, budget) => {
  const bytes = await weigh(page);
  expect(bytes).toBeGreaterThan(KB);
  expect(bytes).toBeLessThan(budget * KB);
});
