import type { OutputChunk } from './sandbox.ts';

type Stream = OutputChunk['stream'];

/** Decodes the output of one program and holds it to its limit. */
export class OutputCollector {
  #room: number;
  #dropped = 0;
  readonly #deliver: (chunk: OutputChunk) => void;
  // A byte order mark is the program's output like any other character.
  readonly #decoders: Record<Stream, TextDecoder> = {
    stdout: new TextDecoder('utf-8', { ignoreBOM: true }),
    stderr: new TextDecoder('utf-8', { ignoreBOM: true }),
  };

  constructor(limitBytes: number, deliver: (chunk: OutputChunk) => void) {
    this.#room = limitBytes;
    this.#deliver = deliver;
  }

  get droppedBytes(): number {
    return this.#dropped;
  }

  /** Takes what the program wrote; false when it wrote more than it may. */
  push(stream: Stream, bytes: Buffer): boolean {
    const kept = bytes.subarray(0, this.#room);
    this.#dropped += bytes.length - kept.length;
    this.#room -= kept.length;
    this.#emit(stream, this.#decoders[stream].decode(kept, { stream: true }));
    return this.#dropped === 0;
  }

  /** Delivers what a stream that ended inside a character leaves behind. */
  end(): void {
    if (this.#dropped > 0) return;
    this.#emit('stdout', this.#decoders.stdout.decode());
    this.#emit('stderr', this.#decoders.stderr.decode());
  }

  #emit(stream: Stream, text: string): void {
    if (text !== '') this.#deliver({ stream, text });
  }
}
