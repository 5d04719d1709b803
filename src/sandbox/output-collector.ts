import type { OutputChunk } from './sandbox.ts';

type Stream = OutputChunk['stream'];

interface Piece {
  stream: Stream;
  bytes: Buffer;
}

/** How much of the limit is reserved for the end of the output, at most. */
const MAX_TAIL_BYTES = 16 * 2 ** 10;

/** The most bytes that follow the first one of a character. */
const MAX_CONTINUATION_BYTES = 3;

/**
 * Decodes the output of one program as UTF-8 and truncates it to the limit. The head is delivered at once. The tail
 * is held back and delivered at the end. Bytes between the two are dropped and counted.
 */
export class OutputCollector {
  readonly #tailLimit: number;
  #headRemaining: number;
  #tail: Piece[] = [];
  #tailBytes = 0;
  #dropped = 0;
  readonly #deliver: (chunk: OutputChunk) => void;
  // A byte order mark stays: it is output like any other character.
  readonly #decoders: Record<Stream, TextDecoder> = {
    stdout: new TextDecoder('utf-8', { ignoreBOM: true }),
    stderr: new TextDecoder('utf-8', { ignoreBOM: true }),
  };

  constructor(limitBytes: number, deliver: (chunk: OutputChunk) => void) {
    this.#tailLimit = Math.min(MAX_TAIL_BYTES, Math.floor(limitBytes / 4));
    this.#headRemaining = limitBytes - this.#tailLimit;
    this.#deliver = deliver;
  }

  /** Bytes of output that were dropped. */
  get droppedBytes(): number {
    return this.#dropped;
  }

  /** Takes output of the program. Returns false once output was dropped. */
  push(stream: Stream, bytes: Buffer): boolean {
    const head = bytes.subarray(0, this.#headRemaining);
    this.#headRemaining -= head.length;
    this.#emit(stream, this.#decoders[stream].decode(head, { stream: true }));
    if (head.length < bytes.length) this.#holdBack({ stream, bytes: bytes.subarray(head.length) });
    return this.#dropped === 0;
  }

  /** Delivers the tail, and a replacement character for a stream that ended inside a character. */
  end(): void {
    if (this.#dropped > 0) this.#restartDecoders();
    for (const { stream, bytes } of this.#tail) {
      this.#emit(stream, this.#decoders[stream].decode(bytes, { stream: true }));
    }
    this.#emit('stdout', this.#decoders.stdout.decode());
    this.#emit('stderr', this.#decoders.stderr.decode());
  }

  #holdBack(piece: Piece): void {
    this.#tail.push(piece);
    this.#tailBytes += piece.bytes.length;
    for (
      let excess = this.#tailBytes - this.#tailLimit;
      excess > 0;
      excess = this.#tailBytes - this.#tailLimit
    ) {
      const [oldest] = this.#tail;
      if (!oldest) return;
      const cut = Math.min(excess, oldest.bytes.length);
      oldest.bytes = oldest.bytes.subarray(cut);
      if (oldest.bytes.length === 0) this.#tail.shift();
      this.#tailBytes -= cut;
      this.#dropped += cut;
    }
  }

  /** Drops the halves of characters that the gap between head and tail has cut in two. */
  #restartDecoders(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#decoders[stream] = new TextDecoder('utf-8', { ignoreBOM: true });
      let unseen = MAX_CONTINUATION_BYTES;
      for (const piece of this.#tail) {
        if (piece.stream !== stream) continue;
        const start = piece.bytes.subarray(0, unseen).findIndex((byte) => (byte & 0xc0) !== 0x80);
        const cut = start === -1 ? Math.min(unseen, piece.bytes.length) : start;
        piece.bytes = piece.bytes.subarray(cut);
        this.#dropped += cut;
        unseen -= cut;
        if (piece.bytes.length > 0) break;
      }
    }
  }

  #emit(stream: Stream, text: string): void {
    if (text !== '') this.#deliver({ stream, text });
  }
}
