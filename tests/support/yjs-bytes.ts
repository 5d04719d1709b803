import * as encoding from 'lib0/encoding';

/** A client, and a clock of it. */
export type Id = readonly [client: number, clock: number];
/** A part of an update. */
export interface Part {
  readonly kind: number;
  readonly origin?: Id;
  readonly right?: Id;
  readonly root?: string;
  readonly text?: string;
  readonly length?: number;
  readonly write?: (encoder: encoding.Encoder) => void;
}
/** The insertion of a text between two places. */
export const insertion = (text: string, origin?: Id, right?: Id): Part => ({
  kind: 4,
  text,
  ...(origin && { origin }),
  ...(right && { right }),
});

/** An update of format V1, byte by byte. */
export function bytesOf(
  clients: readonly (readonly [client: number, clock: number, parts: readonly Part[]])[],
  deletions: readonly (readonly [client: number, ranges: readonly Id[]])[] = [],
): Uint8Array {
  const encoder = encoding.createEncoder();
  const number = (value: number) => encoding.writeVarUint(encoder, value);
  number(clients.length);
  for (const [client, clock, parts] of clients) {
    for (const value of [parts.length, client, clock]) number(value);
    for (const part of parts) writePart(encoder, part);
  }
  number(deletions.length);
  for (const [client, ranges] of deletions) {
    number(client);
    number(ranges.length);
    for (const value of ranges.flat()) number(value);
  }
  return encoding.toUint8Array(encoder);
}

function writePart(
  encoder: encoding.Encoder,
  { kind, origin, right, root, text, length, write }: Part,
): void {
  encoding.writeUint8(encoder, kind | (origin ? 0x80 : 0) | (right ? 0x40 : 0));
  for (const value of [...(origin ?? []), ...(right ?? [])]) encoding.writeVarUint(encoder, value);
  if (kind !== 0 && kind !== 10 && !origin && !right) {
    encoding.writeVarUint(encoder, 1);
    encoding.writeVarString(encoder, root ?? 'code');
  }
  if (text !== undefined) encoding.writeVarString(encoder, text);
  if (length !== undefined) encoding.writeVarUint(encoder, length);
  write?.(encoder);
}
