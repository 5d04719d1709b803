import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { ServiceUnavailableError } from '../../src/errors.ts';
import { stopRest } from '../support/cleanup.ts';
import {
  type Editor,
  hocuspocusEditor,
  MemoryDocument,
  startDocumentServer,
  USERS,
  yEditor,
} from '../support/documents.ts';
import { MemoryBus } from '../support/memory-bus.ts';
import { seededRandom } from '../support/random.ts';

afterEach(stopRest);

test.each([1, 2, 3])(
  'editors of both kinds on two instances, with cuts and failing commits, lose and double nothing: seed %i',
  async (seed) => {
    const random = seededRandom(seed);
    const document = new MemoryDocument('\n');
    const bus = new MemoryBus();
    const servers = [
      await startDocumentServer(document, { bus: bus.ofInstance() }),
      await startDocumentServer(document, { bus: bus.ofInstance() }),
    ];
    const editors: Editor[] = servers.flatMap(({ url }) => [
      yEditor(url, USERS.ann.id),
      yEditor(url, USERS.bob.id),
      hocuspocusEditor(url, USERS.ann.id),
      hocuspocusEditor(url, null),
    ]);
    document.onStore = async () => {
      await setTimeout(random() * 5);
      if (random() < 0.05) throw new ServiceUnavailableError();
    };
    const [typed, deleted] = [new Set<string>(), new Set<string>()];
    for (let step = 0; step < 800; step++) {
      const editor = editors[Math.floor(random() * editors.length)];
      if (!editor) continue;
      const choice = random();
      if (choice < 0.03) editor.cut();
      else if (choice < 0.8) type(editor, random, typed);
      else erase(editor, random, deleted);
      if (random() < 0.2) await setTimeout(random() * 10);
    }
    document.onStore = () => {};
    await expect
      .poll(() => editors.map(({ text }) => text.toString()), { interval: 100 })
      .toEqual(editors.map(() => expect.toSatisfy((text) => text === document.text)));
    const letters = [...document.text];
    expect(new Set(letters).size).toBe(letters.length);
    expect([...typed].filter((letter) => !deleted.has(letter) && !letters.includes(letter))).toEqual([]);
    expect(servers.map(({ reported }) => reported)).toEqual([[], []]);
  },
);

/** Types a letter that nobody has typed before. */
function type({ text }: Editor, random: () => number, typed: Set<string>): void {
  const letter = String.fromCharCode(0xe000 + typed.size);
  typed.add(letter);
  text.insert(Math.floor(random() * (text.length + 1)), letter);
}

function erase({ text }: Editor, random: () => number, deleted: Set<string>): void {
  const at = Math.floor(random() * text.length);
  const letters = text.toString().slice(at, at + 2);
  for (const letter of letters) deleted.add(letter);
  text.delete(at, letters.length);
}
