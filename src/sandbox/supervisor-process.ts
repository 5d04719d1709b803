import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inheritedDescriptors } from './descriptors.ts';
import type { Report, Request } from './messages.ts';
import { RemoteRun } from './remote-run.ts';
import type { OutputChunk, Program, SandboxOptions } from './sandbox.ts';

/** Compiled beside this file in dist/, as it lies beside it in src/. */
const SUPERVISOR = fileURLToPath(new URL(`./supervisor${extname(import.meta.url)}`, import.meta.url));

type Opened = Extract<Report, { type: 'opened' }>;

/** The supervisor as the server sees it. */
export class SupervisorProcess {
  /** Resolves when programs can be run; rejects when the sandbox does not work here. */
  readonly opened: Promise<Opened>;
  readonly #child: ChildProcess;
  readonly #runs = new Map<number, RemoteRun>();
  readonly #exited: Promise<void>;
  #lastId = 0;
  #alive = true;
  #closing = false;

  constructor(options: SandboxOptions, folder: string, onLost: () => void) {
    this.#child = forkSupervisor();
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', () => {
        this.#alive = false;
        for (const run of this.#runs.values()) run.lose();
        this.#runs.clear();
        if (!this.#closing) onLost();
        resolve();
      });
    });
    this.opened = this.#awaitOpening();
    // A later start of the supervisor is awaited by nobody; its programs tell.
    this.opened.catch(() => {});
    this.#child.on('message', (report: Report) => this.#hear(report));
    this.#tell({ type: 'open', options, folder });
  }

  get alive(): boolean {
    return this.#alive;
  }

  run(program: Program, onOutput: (chunk: OutputChunk) => void): RemoteRun {
    this.#lastId += 1;
    const id = this.#lastId;
    const run = new RemoteRun(id, (request) => this.#tell(request), onOutput);
    this.#runs.set(id, run);
    this.#tell({ type: 'run', id, program });
    return run;
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#tell({ type: 'close' });
    await this.#exited;
  }

  #awaitOpening(): Promise<Opened> {
    return new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', () => reject(new Error('The sandbox ended before it was open')));
      this.#child.on('message', (report: Report) => {
        if (report.type === 'opened') resolve(report);
        if (report.type === 'failed') {
          this.#closing = true;
          reject(new Error(report.message));
        }
      });
    });
  }

  #hear(report: Report): void {
    if (report.type === 'output') this.#runs.get(report.id)?.deliver(report.chunk);
    if (report.type !== 'outcome') return;
    this.#runs.get(report.id)?.end(report.outcome);
    this.#runs.delete(report.id);
  }

  #tell(request: Request): void {
    // One that is gone has told so by its exit.
    if (this.#child.connected) this.#child.send(request, () => {});
  }
}

/** With nothing of this process's environment, and with none of its open files. */
function forkSupervisor(): ChildProcess {
  const nothing = openSync(devNull, 'r+');
  const inherited = inheritedDescriptors();
  const rest = Array.from({ length: Math.max(3, ...inherited) - 3 }, (_, index) =>
    inherited.includes(index + 4) ? nothing : 'ignore',
  );
  try {
    return fork(SUPERVISOR, {
      env: {},
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...rest],
    });
  } finally {
    closeSync(nothing);
  }
}
