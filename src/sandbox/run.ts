import type { GuestProcess } from './guest-process.ts';
import { MemoryWatch } from './memory.ts';
import { OutputCollector } from './output.ts';
import { ReportReader } from './report.ts';
import type { Outcome, OutputChunk, Program, Run } from './sandbox.ts';
import { judge, type StopReason } from './verdict.ts';

/** What a process may take to load and to receive its program, which is not the program's time. */
const START_DEADLINE_MS = 30_000;

const CODE_LIMIT_BYTES = 16 * 2 ** 20;

/** What may wait for a program that does not read its stdin. */
const STDIN_BACKLOG_BYTES = 16 * 2 ** 20;

/** One program in one process, from handing it over to the verdict. */
export class GuestRun implements Run {
  readonly outcome: Promise<Outcome>;
  /** Resolves when the program starts, or ends without. */
  readonly started: Promise<void>;
  #resolveStarted: () => void = () => {};
  readonly #guest: GuestProcess;
  readonly #program: Program;
  readonly #output: OutputCollector;
  readonly #reports = new ReportReader();
  #deadline: NodeJS.Timeout;
  #memory: MemoryWatch | null = null;
  #startedAt: number | null = null;
  #handedOver = 0;
  #stopped: StopReason | null = null;
  #ended = false;

  constructor(guest: GuestProcess, program: Program, onOutput: (chunk: OutputChunk) => void) {
    this.#guest = guest;
    this.#program = program;
    this.#output = new OutputCollector(program.limits.outputBytes, onOutput);
    this.#deadline = setTimeout(() => this.#stop('SANDBOX_ERROR'), START_DEADLINE_MS);
    this.started = new Promise((resolve) => {
      this.#resolveStarted = resolve;
    });
    guest.onOutput((stream, bytes) => this.#receive(stream, bytes));
    this.#handOver();
    this.outcome = this.#finish();
  }

  writeStdin(text: string): boolean {
    const backlog = this.#guest.backlog - this.#handedOver + Buffer.byteLength(text);
    return !this.#ended && backlog <= STDIN_BACKLOG_BYTES && this.#guest.write(text);
  }

  endStdin(): void {
    this.#guest.endStdin();
  }

  cancel(): void {
    this.#stop('CANCELLED');
  }

  #handOver(): void {
    const { language, code } = this.#program;
    if (Buffer.byteLength(code) > CODE_LIMIT_BYTES) {
      this.#stop('COMPILE_ERROR');
      return;
    }
    const body = Buffer.from(JSON.stringify({ language, code, mark: this.#reports.mark }));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    this.#handedOver = length.length + body.length;
    if (!this.#guest.write(Buffer.concat([length, body]))) this.#stop('SANDBOX_ERROR');
  }

  #receive(stream: OutputChunk['stream'], bytes: Buffer): void {
    if (this.#startedAt !== null) this.#pass(stream, bytes);
    // The first byte on stdout says that the program starts.
    else if (stream === 'stdout') {
      this.#start();
      if (bytes.length > 1) this.#pass(stream, bytes.subarray(1));
    }
  }

  #start(): void {
    const { wallTimeMs, memoryBytes } = this.#program.limits;
    this.#startedAt = performance.now();
    this.#resolveStarted();
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#stop('TIMED_OUT'), wallTimeMs);
    if (this.#guest.pid !== undefined) {
      this.#memory = new MemoryWatch(this.#guest.pid, memoryBytes, () => this.#stop('MEMORY_LIMIT'));
    }
  }

  #pass(stream: OutputChunk['stream'], bytes: Buffer): void {
    const own = stream === 'stderr' ? this.#reports.push(bytes) : bytes;
    if (!this.#output.push(stream, own)) this.#stop('OUTPUT_LIMIT');
  }

  #stop(reason: StopReason): void {
    if (this.#ended || this.#stopped) return;
    this.#stopped = reason;
    this.#guest.kill();
  }

  async #finish(): Promise<Outcome> {
    const end = await this.#guest.end;
    this.#resolveStarted();
    clearTimeout(this.#deadline);
    this.#memory?.stop();
    const { rest, report } = this.#reports.end();
    if (!this.#output.push('stderr', rest)) this.#stopped ??= 'OUTPUT_LIMIT';
    this.#output.end();
    this.#ended = true;
    const memoryPeak = this.#memory?.peak ?? null;
    const judgement = judge({
      stopped: this.#stopped,
      started: this.#startedAt !== null,
      end,
      report,
      memoryPeak,
      limits: this.#program.limits,
    });
    const executionTime = this.#startedAt === null ? 0 : Math.max(0, end.at - this.#startedAt);
    return {
      ...judgement,
      executionTime,
      memoryPeak: memoryPeak || null,
      droppedBytes: this.#output.droppedBytes,
    };
  }
}
