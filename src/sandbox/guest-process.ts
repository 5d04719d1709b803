import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { OutputChunk } from './sandbox.ts';

/** How a process exited. Exit code and signal are both null when it could not be started. */
export interface ProcessExit {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** When it exited, in milliseconds of `performance.now()`. */
  at: number;
}

/** A child process whose standard streams are pipes. */
export type PipedChild = ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable };

/**
 * Access to the process that runs the program. In an enclosure that process is a descendant of the child process
 * that Node knows.
 */
export interface ProcessControl {
  /** The process id on the host; undefined while the enclosure has not told it yet. */
  pid(): number | undefined;
  /** Kills the process and all its descendants. */
  kill(): void;
  /** Returns how the program exited, given how the child process exited. */
  exitOf(exitCode: number | null, signal: NodeJS.Signals | null): Omit<ProcessExit, 'at'>;
  /** The size of the files that the program has written, in bytes. They lie in memory, so they count as memory. */
  fileBytes(): number;
}

/** A process that waits for one program, runs it and exits. */
export class GuestProcess {
  /** Resolves when the process has exited and all its output was delivered. Never rejects. */
  readonly exit: Promise<ProcessExit>;
  readonly #child: PipedChild;
  readonly #control: ProcessControl;
  #alive = true;

  constructor(child: PipedChild, control: ProcessControl) {
    this.#child = child;
    this.#control = control;
    // A program may exit without reading its stdin. The EPIPE of that is no error of the sandbox.
    for (const stream of child.stdio) stream?.on('error', () => {});
    this.exit = new Promise((resolve) => {
      let at = 0;
      child.once('exit', () => {
        at = performance.now();
        this.#alive = false;
      });
      child.once('close', (exitCode, signal) => resolve({ ...control.exitOf(exitCode, signal), at }));
      child.once('error', () => {
        // With a pid the error is about a signal or a message, and `close` still follows.
        if (child.pid !== undefined) return;
        this.#alive = false;
        resolve({ exitCode: null, signal: null, at: performance.now() });
      });
    });
  }

  /** The id of the process that runs the program; undefined while it is not known. */
  get pid(): number | undefined {
    return this.#control.pid();
  }

  /** The size of the files that the program has written, in bytes. */
  get fileBytes(): number {
    return this.#control.fileBytes();
  }

  get alive(): boolean {
    return this.#alive;
  }

  onOutput(listener: (stream: OutputChunk['stream'], bytes: Buffer) => void): void {
    this.#child.stdout.on('data', (bytes: Buffer) => listener('stdout', bytes));
    this.#child.stderr.on('data', (bytes: Buffer) => listener('stderr', bytes));
  }

  /** Writes to stdin. Returns false when stdin is closed. */
  write(data: string | Buffer): boolean {
    if (!this.#child.stdin.writable) return false;
    this.#child.stdin.write(data);
    return true;
  }

  endStdin(): void {
    this.#child.stdin.end();
  }

  /** Kills the process and all its descendants. Does nothing once it has exited. */
  kill(): void {
    if (this.#alive) this.#control.kill();
  }
}
