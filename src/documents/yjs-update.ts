import {
  createDecoder,
  type Decoder,
  hasContent,
  readUint8Array,
  readVarString,
  readVarUint,
} from 'lib0/decoding';
import { EditRefusedError } from '../errors.ts';

/** The name of the shared text in its Yjs document. */
export const ROOT = 'code';

/** Beyond this, peers could not decode the clocks of a document. */
const MAX_CLOCK = 2 ** 32;

/** The place of one UTF-16 unit: the client that inserted it, and its number among those of the client. */
export interface UnitId {
  readonly client: number;
  readonly clock: number;
}

/** Units that a client inserted at one place. */
export interface Struct extends UnitId {
  readonly length: number;
  /** What was on its left and right when it was inserted. */
  readonly origin: UnitId | null;
  readonly rightOrigin: UnitId | null;
  /** `deleted` and `gc`: the text is gone, and with `gc` its place, too. `skip`: not in this update. */
  readonly content: { readonly text: string } | 'deleted' | 'gc' | 'skip';
}

export interface DeletedRange extends UnitId {
  readonly length: number;
}

export interface DecodedUpdate {
  readonly structs: ReadonlyMap<number, readonly Struct[]>;
  readonly deletions: readonly DeletedRange[];
}

/** How much an update may hold. */
export interface UpdateLimits {
  readonly clients: number;
  readonly structs: number;
  readonly deletions: number;
}

/**
 * Reads an update of format V1. Throws EditRefusedError for one that is malformed, holds more than the limits allow,
 * or holds something that is not text under the root `code` or its deletion.
 */
export function decodeUpdate(bytes: Uint8Array, limits: UpdateLimits): DecodedUpdate {
  const decoder = createDecoder(bytes);
  try {
    const update = { structs: readClients(decoder, limits), deletions: readDeletions(decoder, limits) };
    if (hasContent(decoder)) throw new EditRefusedError('it is malformed');
    return update;
  } catch (error) {
    if (error instanceof EditRefusedError) throw error;
    throw new EditRefusedError('it is malformed');
  }
}

function readClients(decoder: Decoder, limits: UpdateLimits): Map<number, Struct[]> {
  const clients = new Map<number, Struct[]>();
  let room = limits.structs;
  for (let left = readCount(decoder, limits.clients, 'clients'); left > 0; left--) {
    const count = readCount(decoder, room, 'parts');
    const client = readVarUint(decoder);
    if (clients.has(client)) throw new EditRefusedError('it names a client twice');
    clients.set(client, readStructs(decoder, client, count));
    room -= count;
  }
  return clients;
}

function readStructs(decoder: Decoder, client: number, count: number): Struct[] {
  const structs: Struct[] = [];
  let clock = readVarUint(decoder);
  for (let i = 0; i < count; i++) {
    const struct = readStruct(decoder, { client, clock });
    clock = endOf(struct);
    structs.push(struct);
  }
  return structs;
}

// Bits of a struct's first byte.
const HAS_ORIGIN = 0x80;
const HAS_RIGHT_ORIGIN = 0x40;
const ORIGINS = HAS_ORIGIN | HAS_RIGHT_ORIGIN;
// Its kinds.
const GC = 0;
const DELETED = 1;
const TEXT = 4;
const SKIP = 10;

function readStruct(decoder: Decoder, id: UnitId): Struct {
  const [info = -1] = readUint8Array(decoder, 1);
  if (info === GC || info === SKIP) {
    const content = info === GC ? 'gc' : 'skip';
    return { ...id, length: readVarUint(decoder), origin: null, rightOrigin: null, content };
  }
  const kind = info & ~ORIGINS;
  if (kind !== DELETED && kind !== TEXT) throw new EditRefusedError('it changes something other than text');
  const origin = info & HAS_ORIGIN ? readId(decoder) : null;
  const rightOrigin = info & HAS_RIGHT_ORIGIN ? readId(decoder) : null;
  if (!origin && !rightOrigin) readParent(decoder);
  if (kind === DELETED) {
    return { ...id, length: readVarUint(decoder), origin, rightOrigin, content: 'deleted' };
  }
  // Throws for a lone surrogate, which UTF-8 cannot encode.
  const text = readVarString(decoder);
  if (text.includes('\0')) throw new EditRefusedError('it inserts a NUL character');
  return { ...id, length: text.length, origin, rightOrigin, content: { text } };
}

function readParent(decoder: Decoder): void {
  const isRoot = readVarUint(decoder) === 1;
  if (!isRoot || readVarString(decoder) !== ROOT) {
    throw new EditRefusedError(`it changes something other than the text '${ROOT}'`);
  }
}

function readDeletions(decoder: Decoder, limits: UpdateLimits): DeletedRange[] {
  const ranges: DeletedRange[] = [];
  for (let left = readCount(decoder, limits.deletions, 'deletions'); left > 0; left--) {
    const client = readVarUint(decoder);
    const count = readCount(decoder, limits.deletions - ranges.length, 'deletions');
    for (let i = 0; i < count; i++) {
      const range = { ...readClock(decoder, client), length: readVarUint(decoder) };
      endOf(range);
      ranges.push(range);
    }
  }
  return ranges;
}

function readId(decoder: Decoder): UnitId {
  return readClock(decoder, readVarUint(decoder));
}

function readClock(decoder: Decoder, client: number): UnitId {
  return { client, clock: readVarUint(decoder) };
}

function readCount(decoder: Decoder, limit: number, of: string): number {
  const count = readVarUint(decoder);
  if (count > limit) throw new EditRefusedError(`it has too many ${of}`);
  return count;
}

function endOf({ clock, length }: DeletedRange): number {
  if (length === 0 || clock + length > MAX_CLOCK) throw new EditRefusedError('it is malformed');
  return clock + length;
}
