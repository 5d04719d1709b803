import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inheritedDescriptors } from './file-descriptors.ts';
import type { SupervisorEvent, SupervisorRequest } from './messages.ts';
import { RemoteRun } from './remote-run.ts';
import type { OutputChunk, Program, SandboxOptions } from './sandbox.ts';

/** `supervisor.ts` in src/, `supervisor.js` in dist/. */
const SUPERVISOR = fileURLToPath(new URL(`./supervisor${extname(import.meta.url)}`, import.meta.url));

type OpenedEvent = Extract<SupervisorEvent, { type: 'opened' }>;

/** The server's side of the supervisor: starts the process, sends it requests and passes its events to the runs. */
export class SupervisorProcess {
  /** Resolves when programs can be run. Rejects when the sandbox does not work on this host. */
  readonly opened: Promise<OpenedEvent>;
  readonly #child: ChildProcess;
  readonly #runs = new Map<number, RemoteRun>();
  readonly #exited: Promise<void>;
  #lastId = 0;
  #alive = true;
  #closing = false;

  /** `folder` is where the sandbox creates its workspace. `onLost` is called when the process dies unexpectedly. */
  constructor(options: SandboxOptions, folder: string, onLost: () => void) {
    this.#child = forkSupervisor();
    this.#exited = new Promise((resolve) => {
      const onExit = () => {
        this.#alive = false;
        for (const run of this.#runs.values()) run.lose();
        this.#runs.clear();
        if (!this.#closing) onLost();
        resolve();
      };
      this.#child.once('exit', onExit);
      // A process that could not be started has no `exit`.
      this.#child.on('error', () => {
        if (this.#child.pid === undefined) onExit();
      });
    });
    this.opened = this.#waitUntilOpened();
    // Nothing awaits a supervisor that replaces another. Its programs end with SANDBOX_ERROR when it fails.
    this.opened.catch(() => {});
    this.#child.on('message', (event: SupervisorEvent) => this.#receive(event));
    this.#send({ type: 'open', options, folder });
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Sends a program to the supervisor. May be called before `opened` resolves. */
  run(program: Program, onOutput: (chunk: OutputChunk) => void): RemoteRun {
    this.#lastId += 1;
    const id = this.#lastId;
    const run = new RemoteRun(id, (request) => this.#send(request), onOutput);
    this.#runs.set(id, run);
    this.#send({ type: 'run', id, program });
    return run;
  }

  /** Ends every program and the supervisor. Resolves when the process has exited. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#send({ type: 'close' });
    await this.#exited;
  }

  #waitUntilOpened(): Promise<OpenedEvent> {
    return new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', () => reject(new Error('The sandbox ended before it was open')));
      this.#child.on('message', (event: SupervisorEvent) => {
        if (event.type === 'opened') resolve(event);
        if (event.type === 'failed') {
          this.#closing = true;
          reject(new Error(event.message));
        }
      });
    });
  }

  #receive(event: SupervisorEvent): void {
    if (event.type === 'output') this.#runs.get(event.id)?.deliver(event.chunk);
    if (event.type !== 'outcome') return;
    this.#runs.get(event.id)?.end(event.outcome);
    this.#runs.delete(event.id);
  }

  #send(request: SupervisorRequest): void {
    // The `exit` event reports a dead supervisor, so an error of `send` is ignored.
    if (this.#child.connected) this.#child.send(request, () => {});
  }
}

/** Starts the supervisor with an empty environment and without the inherited descriptors of this process. */
function forkSupervisor(): ChildProcess {
  const nullDevice = openSync(devNull, 'r+');
  const inherited = inheritedDescriptors();
  const others = Array.from({ length: Math.max(3, ...inherited) - 3 }, (_, index) =>
    inherited.includes(index + 4) ? nullDevice : 'ignore',
  );
  try {
    return fork(SUPERVISOR, {
      env: {},
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...others],
    });
  } finally {
    closeSync(nullDevice);
  }
}
