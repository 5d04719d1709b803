import * as Y from 'yjs';
import { YjsDocument } from '../../src/documents/yjs-document.ts';
import { readPaper } from '../../tests/support/traces.ts';

/** An hour of typing at five keystrokes a second. */
const KEYSTROKES = 18_000;
const DOCUMENTS = 50;

const doc = new Y.Doc();
const text = doc.getText('code');
for (const [at, length, insert] of (await readPaper()).keystrokes.slice(0, KEYSTROKES)) {
  text.delete(at, length);
  text.insert(at, insert);
}
const state = Y.encodeStateAsUpdate(doc);
const code = text.toString();

function loadBare(): Y.Doc {
  const loaded = new Y.Doc();
  loaded.getText('code');
  Y.applyUpdate(loaded, state);
  return loaded;
}

// A string of its own, as it comes from a database.
const loadOurs = () => new YjsDocument(1, state, Buffer.from(code).toString());

function measure(load: () => object): number {
  load();
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const loaded = Array.from({ length: DOCUMENTS }, load);
  globalThis.gc?.();
  return (process.memoryUsage().heapUsed - before) / loaded.length;
}

process.stdout.write(JSON.stringify({ bare: measure(loadBare), ours: measure(loadOurs) }));
