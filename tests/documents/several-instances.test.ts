import { afterEach, expect, test } from 'vitest';
import { stopRest } from '../support/cleanup.ts';
import {
  hasText,
  hocuspocusEditor,
  MemoryDocument,
  SESSION,
  shown,
  startDocumentServer,
  yEditor,
} from '../support/documents.ts';
import { MemoryBus } from '../support/memory-bus.ts';

afterEach(stopRest);

test('share text and cursors; a newcomer on a new instance sees who is there', async () => {
  const document = new MemoryDocument('start\n');
  const bus = new MemoryBus();
  const start = () => startDocumentServer(document, { bus: bus.ofInstance() });
  const [one, two] = [await start(), await start()];
  const ann = yEditor(one.url, 'ann');
  ann.awareness.setLocalState({ at: 1 });
  await hasText(ann, 'start\n');
  await expect.poll(() => one.rooms.has(SESSION)).toBe(true);
  const bob = hocuspocusEditor(two.url, 'bob');
  bob.awareness.setLocalState({ at: 2 });
  await expect.poll(() => shown(bob)).toMatchObject([{ at: 1, user: { name: 'Ann' } }]);
  await expect.poll(() => shown(ann)).toMatchObject([{ at: 2, user: { name: 'Bob' } }]);
  bob.text.insert(0, 're');
  await hasText(ann, 'restart\n');
  bob.provider.destroy();
  await expect.poll(() => shown(ann)).toEqual([]);
});

test('cursors that the bus lost come after the gap', async () => {
  const document = new MemoryDocument('start\n');
  const bus = new MemoryBus();
  const start = () => startDocumentServer(document, { bus: bus.ofInstance() });
  const [one, two] = [await start(), await start()];
  bus.losesAll = true;
  const [ann, bob] = [yEditor(one.url, 'ann'), yEditor(two.url, 'bob')];
  ann.awareness.setLocalState({ at: 1 });
  for (const editor of [ann, bob]) await hasText(editor, 'start\n');
  expect(shown(bob)).toEqual([]);
  bus.losesAll = false;
  bus.gap();
  await expect.poll(() => shown(bob)).toMatchObject([{ at: 1 }]);
});
