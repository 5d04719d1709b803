import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { inChromium } from '../support/browser.ts';
import { content, poll, shown } from '../support/editor.ts';
import { spawnServer } from '../support/process.ts';

inChromium('a server that is killed and started again', ({ open }) => {
  test('loses nothing of what two people type before, meanwhile and after', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'codeinterview-room-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const first = spawnServer({ HOST: '127.0.0.1', PORT: '0' }, folder);
    const url = await first.url();
    const created = await fetch(`${url}/api/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ language: 'python', code: '' }),
    });
    const { id } = await created.json();
    const ada = await open(`${url}/s/${id}`, 'Ada', { isCut: true });
    const bob = await open(`${url}/s/${id}`, 'Bob', { isCut: true });
    for (const page of [ada, bob]) await content(page).focus();
    const typed = Promise.all([
      ada.keyboard.type('a'.repeat(60), { delay: 40 }),
      bob.keyboard.type('b'.repeat(60), { delay: 40 }),
    ]);
    await poll(async () => (await shown(ada)).includes('b')).toBe(true);
    first.child.kill('SIGKILL');
    await first.exit();
    await typed;
    const meanwhile = (await shown(ada)).length;
    expect(meanwhile).toBeLessThan(120);

    const second = spawnServer({ HOST: '127.0.0.1', PORT: new URL(url).port }, folder);
    await second.url();
    for (const page of [ada, bob]) await poll(async () => (await shown(page)).length).toBe(120);
    expect(await shown(ada)).toBe(await shown(bob));
    await ada.keyboard.type('!');
    await poll(async () => (await shown(bob)).includes('!')).toBe(true);
    const { code } = await (await fetch(`${url}/api/v1/sessions/${id}`)).json();
    expect(code).toBe(await shown(bob));
    for (const page of [ada, bob])
      await page.getByRole('listitem').filter({ hasText: 'offline' }).waitFor({ state: 'detached' });
  });
});
