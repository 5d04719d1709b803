import { ErrorReportParser } from './error-report.ts';
import type { GuestProcess } from './guest-process.ts';
import { OutputCollector } from './output-collector.ts';
import { type AnnouncedUsage, ResourceMonitor } from './resource-monitor.ts';
import { type Outcome, type OutputChunk, type Program, type Run, STDIN_LIMIT_BYTES } from './sandbox.ts';
import { judge, type StopReason } from './verdict.ts';

/** The time that a process gets to load and to receive its program. It does not count as the program's time. */
const START_DEADLINE_MS = 30_000;

const MAX_STARTUP_ERROR_BYTES = 500;

const CODE_LIMIT_BYTES = 16 * 2 ** 20;

/** The length of the guest's announcement that the program starts. See guest/protocol.js. */
const ANNOUNCEMENT_BYTES = 8;

/** Runs one program in one guest process: sends the code, enforces the limits, judges the end. */
export class GuestRun implements Run {
  readonly outcome: Promise<Outcome>;
  /** Resolves when the program starts, or when the process exits without starting it. */
  readonly started: Promise<void>;
  #resolveStarted: () => void = () => {};
  readonly #guest: GuestProcess;
  readonly #program: Program;
  readonly #spentMs: number;
  readonly #output: OutputCollector;
  readonly #reports = new ErrorReportParser();
  #deadline: NodeJS.Timeout;
  #monitor: ResourceMonitor | null = null;
  #startedAt: number | null = null;
  #stdinBytes = 0;
  #stopReason: StopReason | null = null;
  #ended = false;
  #startupError = Buffer.alloc(0);
  #announcement = Buffer.alloc(0);

  /** `spentMs` of the program's wall time are gone before it starts; negative for time on top of the limit. */
  constructor(
    guest: GuestProcess,
    program: Program,
    onOutput: (chunk: OutputChunk) => void,
    spentMs: number,
  ) {
    this.#guest = guest;
    this.#program = program;
    this.#spentMs = spentMs;
    this.#output = new OutputCollector(program.limits.outputBytes, onOutput);
    this.#deadline = setTimeout(() => this.#stop('sandboxFailed'), START_DEADLINE_MS);
    this.started = new Promise((resolve) => {
      this.#resolveStarted = resolve;
    });
    guest.onOutput((stream, bytes) => this.#receive(stream, bytes));
    this.#sendProgram();
    this.outcome = this.#finish();
  }

  /** Stderr from before the program started (bwrap, prlimit, the runtime). For the operator; never program output. */
  get startupError(): string {
    return this.#startupError.toString().trim();
  }

  writeStdin(text: string): boolean {
    const bytes = this.#stdinBytes + Buffer.byteLength(text);
    if (this.#ended || bytes > STDIN_LIMIT_BYTES || !this.#guest.write(text)) return false;
    this.#stdinBytes = bytes;
    return true;
  }

  endStdin(): void {
    this.#guest.endStdin();
  }

  cancel(): void {
    this.#stop('cancelled');
  }

  /** Sends the program in the format that guest/protocol.js describes. */
  #sendProgram(): void {
    const { language, limits } = this.#program;
    const code = Buffer.from(this.#program.code);
    if (code.length > CODE_LIMIT_BYTES) {
      this.#stop('codeTooLarge');
      return;
    }
    const header = Buffer.from(`${language} ${this.#reports.secret} ${limits.memoryBytes}\n`);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(header.length + code.length);
    if (!this.#guest.write(Buffer.concat([length, header, code]))) this.#stop('sandboxFailed');
  }

  #receive(stream: OutputChunk['stream'], bytes: Buffer): void {
    if (this.#startedAt !== null) this.#collect(stream, bytes);
    else if (stream === 'stdout') this.#receiveAnnouncement(bytes);
    else {
      this.#startupError = Buffer.concat([this.#startupError, bytes]).subarray(0, MAX_STARTUP_ERROR_BYTES);
    }
  }

  #receiveAnnouncement(bytes: Buffer): void {
    const received = Buffer.concat([this.#announcement, bytes]);
    this.#announcement = received;
    if (received.length < ANNOUNCEMENT_BYTES) return;
    this.#start({ tasks: received.readUInt32BE(0) || null, memoryBytes: received.readUInt32BE(4) * 1024 });
    if (received.length > ANNOUNCEMENT_BYTES) this.#collect('stdout', received.subarray(ANNOUNCEMENT_BYTES));
  }

  #start(announced: AnnouncedUsage): void {
    const { limits } = this.#program;
    this.#startedAt = performance.now();
    this.#resolveStarted();
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#stop('wallTime'), limits.wallTimeMs - this.#spentMs);
    this.#monitor = new ResourceMonitor(this.#guest, announced, limits, (limit) => this.#stop(limit));
  }

  #collect(stream: OutputChunk['stream'], bytes: Buffer): void {
    const own = stream === 'stderr' ? this.#reports.push(bytes) : bytes;
    if (!this.#output.push(stream, own)) this.#stop('output');
  }

  /** Kills the program. The first reason counts. */
  #stop(reason: StopReason): void {
    if (this.#ended || this.#stopReason) return;
    this.#stopReason = reason;
    this.#guest.kill();
  }

  async #finish(): Promise<Outcome> {
    const exit = await this.#guest.exit;
    this.#resolveStarted();
    clearTimeout(this.#deadline);
    this.#monitor?.stop();
    const { rest, report } = this.#reports.end();
    this.#output.push('stderr', rest);
    this.#output.end();
    this.#ended = true;
    const memoryPeak = this.#monitor?.memoryPeak ?? null;
    const { droppedBytes } = this.#output;
    const judgement = judge({
      stopReason: this.#stopReason,
      outputExceeded: droppedBytes > 0,
      started: this.#startedAt !== null,
      exit,
      report,
      memoryPeak,
      limits: this.#program.limits,
    });
    const executionTime = this.#startedAt === null ? 0 : Math.max(0, exit.at - this.#startedAt);
    return { ...judgement, executionTime, memoryPeak: memoryPeak || null, droppedBytes };
  }
}
