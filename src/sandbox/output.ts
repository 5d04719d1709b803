import type { OutputChunk } from './sandbox.ts';

type Stream = OutputChunk['stream'];

interface Piece {
  stream: Stream;
  bytes: Buffer;
}

/** The most of the limit that is kept for the end of an output that is too long. */
const TAIL_BYTES = 16 * 2 ** 10;

/**
 * Decodes the output of one program and holds it to its limit: the head is delivered as it comes, the rest is held
 * back until the end, when as much of it is delivered as the limit allows. What is between is dropped and counted.
 */
export class OutputCollector {
  readonly #tailRoom: number;
  #headRoom: number;
  #tail: Piece[] = [];
  #tailBytes = 0;
  #dropped = 0;
  readonly #deliver: (chunk: OutputChunk) => void;
  // A byte order mark is the program's output like any other character.
  readonly #decoders: Record<Stream, TextDecoder> = {
    stdout: new TextDecoder('utf-8', { ignoreBOM: true }),
    stderr: new TextDecoder('utf-8', { ignoreBOM: true }),
  };

  constructor(limitBytes: number, deliver: (chunk: OutputChunk) => void) {
    this.#tailRoom = Math.min(TAIL_BYTES, Math.floor(limitBytes / 4));
    this.#headRoom = limitBytes - this.#tailRoom;
    this.#deliver = deliver;
  }

  get droppedBytes(): number {
    return this.#dropped;
  }

  /** Takes what the program wrote; false when it wrote more than it may. */
  push(stream: Stream, bytes: Buffer): boolean {
    const head = bytes.subarray(0, this.#headRoom);
    this.#headRoom -= head.length;
    this.#emit(stream, this.#decoders[stream].decode(head, { stream: true }));
    if (head.length < bytes.length) this.#hold({ stream, bytes: bytes.subarray(head.length) });
    return this.#dropped === 0;
  }

  /** Delivers what was held back, and what a stream that ended inside a character leaves behind. */
  end(): void {
    if (this.#dropped > 0) this.#startAnew();
    for (const { stream, bytes } of this.#tail) {
      this.#emit(stream, this.#decoders[stream].decode(bytes, { stream: true }));
    }
    this.#emit('stdout', this.#decoders.stdout.decode());
    this.#emit('stderr', this.#decoders.stderr.decode());
  }

  #hold(piece: Piece): void {
    this.#tail.push(piece);
    this.#tailBytes += piece.bytes.length;
    for (
      let excess = this.#tailBytes - this.#tailRoom;
      excess > 0;
      excess = this.#tailBytes - this.#tailRoom
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

  /** Behind the gap no character goes on: what it cut in two is dropped on both sides. */
  #startAnew(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#decoders[stream] = new TextDecoder('utf-8', { ignoreBOM: true });
      const first = this.#tail.find((piece) => piece.stream === stream);
      if (!first) continue;
      const start = first.bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
      const cut = start === -1 ? 0 : Math.min(start, 3);
      first.bytes = first.bytes.subarray(cut);
      this.#dropped += cut;
    }
  }

  #emit(stream: Stream, text: string): void {
    if (text !== '') this.#deliver({ stream, text });
  }
}
