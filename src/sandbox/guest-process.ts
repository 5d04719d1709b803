import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Command } from './runtime.ts';
import type { OutputChunk } from './sandbox.ts';

/** How a process ended; both null when it could not be started. */
export interface ProcessEnd {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** When it was gone, on the clock of `performance.now()`. */
  at: number;
}

/** A process of our own, in a process group of its own. */
export class GuestProcess {
  /** Resolves when the process is gone and all its output was delivered; never rejects. */
  readonly end: Promise<ProcessEnd>;
  readonly #child: ChildProcessWithoutNullStreams;
  #alive = true;

  constructor(command: Command) {
    this.#child = spawn(command.file, command.args, {
      cwd: command.cwd,
      env: command.env,
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    // A program that ends without reading breaks the pipe, which is no error of ours.
    for (const stream of this.#child.stdio) stream?.on('error', () => {});
    this.end = new Promise((resolve) => {
      let at = 0;
      this.#child.once('exit', () => {
        at = performance.now();
        this.#alive = false;
      });
      this.#child.once('close', (exitCode, signal) => resolve({ exitCode, signal, at }));
      this.#child.once('error', () => {
        if (this.pid !== undefined) return;
        this.#alive = false;
        resolve({ exitCode: null, signal: null, at: performance.now() });
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get alive(): boolean {
    return this.#alive;
  }

  onOutput(listener: (stream: OutputChunk['stream'], bytes: Buffer) => void): void {
    this.#child.stdout.on('data', (bytes: Buffer) => listener('stdout', bytes));
    this.#child.stderr.on('data', (bytes: Buffer) => listener('stderr', bytes));
  }

  /** Bytes that wait for the process to read them. */
  get backlog(): number {
    return this.#child.stdin.writableLength;
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
    if (!this.#alive || this.pid === undefined) return;
    try {
      if (process.platform === 'win32') this.#child.kill('SIGKILL');
      else process.kill(-this.pid, 'SIGKILL');
    } catch {
      this.#child.kill('SIGKILL');
    }
  }
}
