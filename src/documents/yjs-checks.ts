// The one file that uses internals of Yjs. They are exported and not promised, so package.json pins its version.
import * as Y from 'yjs';
import { EditRefusedError } from '../errors.ts';
import { cutsSurrogatePair } from '../text/surrogates.ts';
import { CODE_LIMIT } from '../validation.ts';
import {
  type DecodedUpdate,
  type DeletedRange,
  decodeUpdate,
  type Struct,
  type UnitId,
} from './yjs-update.ts';

/** Smaller ids are the server's: no client may insert under one. */
export const MIN_CLIENT_ID = 1000;
/** The longest update in bytes. */
export const UPDATE_LIMIT = CODE_LIMIT + 64 * 1024;
/** How much an update may hold that is new to the document. */
const MAX_CLIENTS = 64;
/** Structs and deletions together. Each may split the text at another place: so many take some 50 ms. */
const MAX_PARTS = 4_000;
/** How many items Yjs may have to pass for all insertions of one update, to find their places: some 50 ms. */
const MAX_STEPS = 30_000;
/** Splitting an item moves all later ones of its client: so many in the time of one step. */
const ITEMS_MOVED_IN_STEP = 2500;

/** What an update has that a document has not. */
export interface News {
  /** Sorted: a struct comes after its origins. */
  readonly structs: readonly Struct[];
  readonly deletions: readonly DeletedRange[];
  /** The clients that inserted the structs. */
  readonly clients: readonly number[];
  /** Whether the update refers to something that neither it nor the document has. */
  readonly isIncomplete: boolean;
}

/** Returns what is new in an update from a client. Throws EditRefusedError; changes nothing. */
export function findNews(doc: Y.Doc, bytes: Uint8Array): News {
  if (bytes.length > UPDATE_LIMIT) throw new EditRefusedError('it is too long');
  const update = decodeUpdate(bytes, limits(doc));
  const queues = newStructs(doc, update);
  const clients = [...queues.keys()];
  check(clients, queues);
  const reached = new Map(clients.map((client) => [client, Y.getState(doc.store, client)]));
  const stateOf = (client: number) => reached.get(client) ?? Y.getState(doc.store, client);
  const structs = inOrder([...queues.values()], reached, stateOf);
  const isIncomplete =
    structs.length < total(queues) ||
    update.deletions.some(({ client, clock, length }) => clock + length > stateOf(client));
  const deletions = isIncomplete ? [] : update.deletions.filter((range) => deletesSomething(doc, range));
  if (structs.length + deletions.length > MAX_PARTS) throw new EditRefusedError(TOO_MANY_PARTS);
  return { structs, deletions, clients, isIncomplete };
}

/** An honest client may repeat all that the document has. */
function limits(doc: Y.Doc) {
  const structs = countItems(doc);
  return {
    clients: MAX_CLIENTS + doc.store.clients.size,
    structs: MAX_PARTS + structs,
    deletions: MAX_PARTS + structs,
  };
}

/** Returns how many items a document consists of. */
export function countItems(doc: Y.Doc): number {
  let count = 0;
  for (const items of doc.store.clients.values()) count += items.length;
  return count;
}

function check(clients: number[], queues: Map<number, Struct[]>): void {
  if (clients.some((client) => client < MIN_CLIENT_ID)) {
    throw new EditRefusedError('it inserts as the server');
  }
  if (clients.length > MAX_CLIENTS) throw new EditRefusedError('it has too many clients');
  if (total(queues) > MAX_PARTS) throw new EditRefusedError(TOO_MANY_PARTS);
}

function total(queues: Map<number, Struct[]>): number {
  let sum = 0;
  for (const queue of queues.values()) sum += queue.length;
  return sum;
}

function newStructs(doc: Y.Doc, update: DecodedUpdate): Map<number, Struct[]> {
  const queues = new Map<number, Struct[]>();
  for (const [client, structs] of update.structs) {
    const state = Y.getState(doc.store, client);
    const fresh = structs
      .filter(({ clock, length, content }) => content !== 'skip' && clock + length > state)
      .map((struct) => withoutKnown(struct, state));
    if (fresh.length > 0) queues.set(client, fresh);
  }
  return queues;
}

/** Cuts off the start of a struct that the document has already. */
function withoutKnown(struct: Struct, state: number): Struct {
  const known = state - struct.clock;
  if (known <= 0) return struct;
  const { client, content } = struct;
  if (typeof content === 'object') refuseCut(content.text, known);
  return {
    ...struct,
    clock: state,
    length: struct.length - known,
    origin: { client, clock: state - 1 },
    content: typeof content === 'object' ? { text: content.text.slice(known) } : content,
  };
}

/**
 * Returns the structs whose origins are known, sorted: a struct comes after its origins. In the update, an origin of
 * another client may come later.
 */
function inOrder(
  queues: Struct[][],
  reached: Map<number, number>,
  stateOf: (client: number) => number,
): Struct[] {
  const isKnown = (id: UnitId | null) => !id || id.clock < stateOf(id.client);
  const ordered: Struct[] = [];
  const next = queues.map(() => 0);
  for (let before = -1; before < ordered.length; ) {
    before = ordered.length;
    for (const [i, queue] of queues.entries()) {
      for (let struct = queue[next[i] ?? 0]; struct; struct = queue[next[i] ?? 0]) {
        if (struct.clock > stateOf(struct.client)) break;
        if (!isKnown(struct.origin) || !isKnown(struct.rightOrigin)) break;
        ordered.push(struct);
        reached.set(struct.client, struct.clock + struct.length);
        next[i] = (next[i] ?? 0) + 1;
      }
    }
  }
  return ordered;
}

function deletesSomething(doc: Y.Doc, { client, clock, length }: DeletedRange): boolean {
  const structs = doc.store.clients.get(client);
  // A range of what the update itself inserts is new.
  if (!structs || clock + length > Y.getState(doc.store, client)) return true;
  for (let i = Y.findIndexSS(structs, clock); i < structs.length; i++) {
    const struct = structs[i];
    if (!struct || struct.id.clock >= clock + length) return false;
    if (!struct.deleted) return true;
  }
  return false;
}

/**
 * Adds complete news to the text. Throws EditRefusedError where no editor can have inserted; the document must then
 * be thrown away.
 */
export function integrate(transaction: Y.Transaction, text: Y.Text, news: News): void {
  const { store } = transaction.doc;
  const perSplit = Math.floor(countItems(transaction.doc) / ITEMS_MOVED_IN_STEP);
  let steps = MAX_STEPS - perSplit * (news.structs.length + news.deletions.length);
  if (steps < 0) throw new EditRefusedError(TOO_LONG);
  for (const struct of news.structs) {
    refuseCutAt(store, struct.origin, 1);
    refuseCutAt(store, struct.rightOrigin, 0);
    if (struct.content === 'gc') {
      new Y.GC(Y.createID(struct.client, struct.clock), struct.length).integrate(transaction, 0);
      continue;
    }
    const item = toItem(struct, text);
    item.getMissing(transaction, store);
    steps -= stepsBetween(item, text, steps);
    item.integrate(transaction, 0);
  }
  for (const range of news.deletions) remove(transaction, range);
}

const TOO_MANY_PARTS = 'it has too many parts';
const TOO_LONG = 'it takes too long to apply';
const NO_PLACE = 'it inserts between places that are no neighbours';

function toItem({ client, clock, length, origin, rightOrigin, content }: Struct, text: Y.Text): Y.Item {
  return new Y.Item(
    Y.createID(client, clock),
    null,
    origin && Y.createID(origin.client, origin.clock),
    null,
    rightOrigin && Y.createID(rightOrigin.client, rightOrigin.clock),
    // With an origin, the parent is that of the origin.
    origin || rightOrigin ? null : text,
    null,
    typeof content === 'object' ? new Y.ContentString(content.text) : new Y.ContentDeleted(length),
  );
}

/**
 * Returns how many items stand between the origins of an item. When a client inserts, its origins are neighbours, so
 * others inserted what stands between them, and the right one stands on the right: otherwise Yjs would place the item
 * differently on different replicas. Throws EditRefusedError.
 */
function stepsBetween(item: Y.Item, text: Y.Text, maximum: number): number {
  // Something next to text that was collected is collected with it.
  if (!item.parent) return 0;
  // To find the right origin, Yjs split the left one: the right one is in it, not after it.
  if (item.left && item.origin && !Y.compareIDs(item.left.lastId, item.origin))
    throw new EditRefusedError(NO_PLACE);
  let steps = 0;
  for (let next = item.left ? item.left.right : text._start; next !== item.right; next = next.right) {
    if (!next || next.id.client === item.id.client) throw new EditRefusedError(NO_PLACE);
    if (++steps > maximum) throw new EditRefusedError(TOO_LONG);
  }
  return steps;
}

function remove(transaction: Y.Transaction, { client, clock, length }: DeletedRange): void {
  const { store } = transaction.doc;
  refuseCutAt(store, { client, clock }, 0);
  refuseCutAt(store, { client, clock: clock + length - 1 }, 1);
  const structs = store.clients.get(client) ?? [];
  Y.getItemCleanStart(transaction, Y.createID(client, clock));
  Y.getItemCleanEnd(transaction, store, Y.createID(client, clock + length - 1));
  for (let i = Y.findIndexSS(structs, clock); i < structs.length; i++) {
    const struct = structs[i];
    if (!struct || struct.id.clock >= clock + length) return;
    if (struct instanceof Y.Item) struct.delete(transaction);
  }
}

/** Yjs splits an item before the unit (`offset` 0) or after it (1). Halves of a pair would become U+FFFD. */
function refuseCutAt(store: Y.Doc['store'], id: UnitId | null, offset: 0 | 1): void {
  if (!id) return;
  const item = Y.getItem(store, Y.createID(id.client, id.clock));
  if (!(item instanceof Y.Item) || !(item.content instanceof Y.ContentString)) return;
  refuseCut(item.content.str, id.clock - item.id.clock + offset);
}

function refuseCut(text: string, at: number): void {
  if (cutsSurrogatePair(text, at)) throw new EditRefusedError('it cuts a surrogate pair');
}
