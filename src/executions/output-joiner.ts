import type { ExecutionChunk } from '../database/generated/client.ts';
import type { OutputStream } from '../database/generated/enums.ts';
import type { OutputChunk } from '../sandbox/sandbox.ts';

/** A chunk whose execution is filled in where it is stored. */
export type Chunk = Omit<ExecutionChunk, 'executionId'>;

type Piece = Pick<Chunk, 'stream' | 'text' | 'at'>;

/** The least time between two writes of one program's output. */
const INTERVAL_MS = 50;

/** The most pieces that one write keeps in the order in which they came. */
const MAX_PIECES = 64;

/** The least length of a piece that shows that more output follows. A prompt, which waits for input, is shorter. */
const FLOWING_LENGTH = 4_096;

const STREAMS: Record<OutputChunk['stream'], OutputStream> = { stdout: 'STDOUT', stderr: 'STDERR' };

/**
 * Joins the output of one program into numbered chunks: the first is stored at once, later output at most
 * every 50 ms. A long chunk ends with a line, where it has the end of one. `store` gets nothing new before it has
 * resolved, and must not reject.
 */
export class OutputJoiner {
  readonly #text: Record<OutputStream, string> = { STDOUT: '', STDERR: '' };
  readonly #store: (chunks: readonly Chunk[]) => Promise<void>;
  #pending: Piece[] = [];
  #seq = 0;
  #writing: Promise<void> | null = null;
  #endPause = () => {};
  #hurried = false;

  constructor(store: (chunks: readonly Chunk[]) => Promise<void>) {
    this.#store = store;
  }

  get stdout(): string {
    return this.#text.STDOUT;
  }

  get stderr(): string {
    return this.#text.STDERR;
  }

  /** The number of the latest chunk. */
  get seq(): number {
    return this.#seq;
  }

  push({ stream, text }: OutputChunk): void {
    // PostgreSQL's text has no NUL.
    const piece = { stream: STREAMS[stream], text: text.replaceAll('\0', '\uFFFD'), at: new Date() };
    this.#text[piece.stream] += piece.text;
    this.#join(piece);
    this.#writing ??= this.#write();
  }

  /** Resolves when all is stored. Call it when no more comes. */
  async flush(): Promise<void> {
    this.#hurried = true;
    this.#endPause();
    await this.#writing;
  }

  /** Two pipes tell no exact order, so the latest pieces of a program that alternates too fast are joined. */
  #join(piece: Piece): void {
    const last = this.#pending.at(-1);
    const isFull = this.#pending.length >= MAX_PIECES;
    const target = isFull ? this.#pending.findLast(({ stream }) => stream === piece.stream) : last;
    if (target?.stream === piece.stream) target.text += piece.text;
    else this.#pending.push(piece);
  }

  async #write(): Promise<void> {
    while (this.#pending.length > 0) {
      const chunks = this.#take().map((piece) => {
        this.#seq += 1;
        return { ...piece, seq: this.#seq };
      });
      await this.#store(chunks);
      await this.#pause();
    }
    this.#writing = null;
  }

  /** Takes the pending pieces. An unfinished line at the end of a long piece is left for the next write. */
  #take(): Piece[] {
    const pieces = this.#pending.splice(0);
    const last = pieces.at(-1);
    const end = (last?.text.lastIndexOf('\n') ?? -1) + 1;
    if (!last || this.#hurried || last.text.length < FLOWING_LENGTH || end === 0) return pieces;
    if (end < last.text.length) this.#pending.push({ ...last, text: last.text.slice(end) });
    last.text = last.text.slice(0, end);
    return pieces;
  }

  #pause(): Promise<void> {
    if (this.#hurried) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, INTERVAL_MS);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
