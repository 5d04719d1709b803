import { readFile } from 'node:fs/promises';
import { brotliDecompressSync } from 'node:zlib';
import * as Y from 'yjs';
import { z } from 'zod';

const FOLDER = new URL('../documents/traces/', import.meta.url);

const paper = z.object({
  endContent: z.string(),
  runs: z.array(z.tuple([z.int(), z.union([z.string(), z.int()])])),
});

const concurrent = z.object({
  endContent: z.string(),
  txns: z.array(
    z.object({
      parents: z.array(z.int()),
      agent: z.int(),
      patches: z.array(z.tuple([z.int(), z.int(), z.string()])),
    }),
  ),
});

async function read<Trace>(name: string, schema: z.ZodType<Trace>): Promise<Trace> {
  const bytes = await readFile(new URL(`${name}.json.br`, FOLDER));
  return schema.parse(JSON.parse(brotliDecompressSync(bytes).toString()));
}

/** One key: what it deletes and inserts at a place. */
export type Keystroke = readonly [at: number, length: number, insert: string];

/** Returns the keystrokes of a paper that one person typed, and its text. */
export async function readPaper(): Promise<{ keystrokes: Keystroke[]; endContent: string }> {
  const { endContent, runs } = await read('automerge-paper', paper);
  return { endContent, keystrokes: runs.flatMap(([at, what]) => keystrokesOf(at, what)) };
}

function keystrokesOf(at: number, what: string | number): Keystroke[] {
  if (typeof what === 'number') return Array.from({ length: what }, (_, i) => [at - i, 1, '']);
  let place = at;
  return [...what].map((letter) => {
    const keystroke: Keystroke = [place, 0, letter];
    place += letter.length;
    return keystroke;
  });
}

/** What a person typed. */
export interface Typed {
  /** The number of the person. */
  readonly agent: number;
  readonly clientId: number;
  /** The clock of the client after it. */
  readonly clock: number;
  readonly update: Uint8Array;
  /** Whether the person has seen, since it typed the last time, what others typed. */
  readonly hasLearned: boolean;
}

/** The typing of people who type at once, with the text that they come to. */
export class ConcurrentTyping {
  readonly endContent: string;
  readonly #txns: z.output<typeof concurrent>['txns'];
  readonly #editors = new Map<number, { doc: Y.Doc; known: Set<number> }>();
  readonly #updates: Uint8Array[] = [];

  private constructor({ endContent, txns }: z.output<typeof concurrent>) {
    this.endContent = endContent;
    this.#txns = txns;
  }

  static async read(name: string): Promise<ConcurrentTyping> {
    return new ConcurrentTyping(await read(`${name}.concurrent`, concurrent));
  }

  /** Yields what the people type, one after the other. Each one knows what it knew then. */
  *typed(): Generator<Typed> {
    for (const [number, { agent, patches }] of this.#txns.entries()) {
      const { doc, known } = this.#editorOf(agent);
      const learned = this.#unknownBefore(number, known);
      for (const parent of learned) Y.applyUpdate(doc, this.#updates[parent] ?? new Uint8Array());
      known.add(number);
      const update = updateOf(doc, (text) => {
        for (const [at, length, insert] of patches) {
          text.delete(at, length);
          text.insert(at, insert);
        }
      });
      this.#updates[number] = update;
      yield { agent, update, clientId: doc.clientID, clock: clockOf(doc), hasLearned: learned.length > 0 };
    }
  }

  /** Adds to `known` what came before a number, and returns it, oldest first. */
  #unknownBefore(number: number, known: Set<number>): number[] {
    const found: number[] = [];
    const open = [...(this.#txns[number]?.parents ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (known.has(next)) continue;
      known.add(next);
      found.push(next);
      open.push(...(this.#txns[next]?.parents ?? []));
    }
    return found.sort((one, two) => one - two);
  }

  #editorOf(agent: number): { doc: Y.Doc; known: Set<number> } {
    const editor = this.#editors.get(agent) ?? { doc: new Y.Doc(), known: new Set() };
    // Of two who insert at one place, Yjs puts the lower id first; the texts of the traces were made so.
    if (!this.#editors.has(agent)) editor.doc.clientID = 1_000 + agent;
    this.#editors.set(agent, editor);
    return editor;
  }
}

/** Returns the clock of a document's own client. */
export function clockOf(doc: Y.Doc, clientId = doc.clientID): number {
  return Y.getState(doc.store, clientId);
}

/** Returns the update of what is done to the text of a document. */
export function updateOf(doc: Y.Doc, act: (text: Y.Text) => void): Uint8Array {
  let result: Uint8Array = new Uint8Array();
  doc.once('update', (update: Uint8Array) => {
    result = update;
  });
  doc.transact(() => act(doc.getText('code')));
  return result;
}
