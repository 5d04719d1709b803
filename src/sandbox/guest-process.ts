import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { OutputChunk } from './sandbox.ts';

/** How a process ended; exit code and signal are null when it could not be started. */
export interface ProcessEnd {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** When it was gone, on the clock of `performance.now()`. */
  at: number;
}

/** A child process whose standard streams are pipes. */
export type PipedChild = ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable };

/** What an enclosure knows of a process better than its handle does. */
export interface Inside {
  /** The process that the program runs in, once it is known. */
  pid(): number | undefined;
  kill(): void;
  /** How the program ended, from how the handle did. */
  end(exitCode: number | null, signal: NodeJS.Signals | null): Omit<ProcessEnd, 'at'>;
  /** Memory of the files that the program has written, in bytes: they lie in memory too. */
  fileBytes(): number;
}

/** A process that waits for a program and then runs it. */
export class GuestProcess {
  /** Resolves when the process is gone and all its output was delivered; never rejects. */
  readonly end: Promise<ProcessEnd>;
  readonly #child: PipedChild;
  readonly #inside: Inside;
  #alive = true;

  constructor(child: PipedChild, inside: Inside) {
    this.#child = child;
    this.#inside = inside;
    // A program that ends without reading breaks the pipe, which is no error of ours.
    for (const stream of child.stdio) stream?.on('error', () => {});
    this.end = new Promise((resolve) => {
      let at = 0;
      child.once('exit', () => {
        at = performance.now();
        this.#alive = false;
      });
      child.once('close', (exitCode, signal) => resolve({ ...inside.end(exitCode, signal), at }));
      child.once('error', () => {
        if (child.pid !== undefined) return;
        this.#alive = false;
        resolve({ exitCode: null, signal: null, at: performance.now() });
      });
    });
  }

  /** The process that the program runs in. */
  get pid(): number | undefined {
    return this.#inside.pid();
  }

  /** Memory of the files that the program has written, in bytes. */
  get fileBytes(): number {
    return this.#inside.fileBytes();
  }

  get alive(): boolean {
    return this.#alive;
  }

  onOutput(listener: (stream: OutputChunk['stream'], bytes: Buffer) => void): void {
    this.#child.stdout.on('data', (bytes: Buffer) => listener('stdout', bytes));
    this.#child.stderr.on('data', (bytes: Buffer) => listener('stderr', bytes));
  }

  /** False when its stdin is closed. */
  write(data: string | Buffer): boolean {
    if (!this.#child.stdin.writable) return false;
    this.#child.stdin.write(data);
    return true;
  }

  endStdin(): void {
    this.#child.stdin.end();
  }

  /** Kills it and all that it started. */
  kill(): void {
    if (this.#alive) this.#inside.kill();
  }
}
