import type { GuestProcess } from './guest-process.ts';
import { OutputCollector } from './output.ts';
import { ReportReader } from './report.ts';
import { type Outcome, type OutputChunk, type Program, type Run, STDIN_LIMIT_BYTES } from './sandbox.ts';
import { judge, type StopReason } from './verdict.ts';
import { Watch } from './watch.ts';

/** What a process may take to load and to receive its program, which is not the program's time. */
const START_DEADLINE_MS = 30_000;

const LONGEST_COMPLAINT = 500;

const CODE_LIMIT_BYTES = 16 * 2 ** 20;

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
  #watch: Watch | null = null;
  #startedAt: number | null = null;
  #stdinBytes = 0;
  #stopped: StopReason | null = null;
  #ended = false;
  #complaint = Buffer.alloc(0);

  constructor(guest: GuestProcess, program: Program, onOutput: (chunk: OutputChunk) => void) {
    this.#guest = guest;
    this.#program = program;
    this.#output = new OutputCollector(program.limits.outputBytes, onOutput);
    this.#deadline = setTimeout(() => this.#stop('sandbox'), START_DEADLINE_MS);
    this.started = new Promise((resolve) => {
      this.#resolveStarted = resolve;
    });
    guest.onOutput((stream, bytes) => this.#receive(stream, bytes));
    this.#handOver();
    this.outcome = this.#finish();
  }

  /** What whoever was to start the program said on stderr: for the operator, and none of the program's output. */
  get complaint(): string {
    return this.#complaint.toString().trim();
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

  #handOver(): void {
    const { language, limits } = this.#program;
    const code = Buffer.from(this.#program.code);
    if (code.length > CODE_LIMIT_BYTES) {
      this.#stop('tooLarge');
      return;
    }
    const header = Buffer.from(`${language} ${this.#reports.secret} ${limits.memoryBytes}\n`);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(header.length + code.length);
    if (!this.#guest.write(Buffer.concat([length, header, code]))) this.#stop('sandbox');
  }

  #receive(stream: OutputChunk['stream'], bytes: Buffer): void {
    if (this.#startedAt !== null) this.#pass(stream, bytes);
    // The first byte on stdout says that the program starts.
    else if (stream === 'stdout') {
      this.#start();
      if (bytes.length > 1) this.#pass(stream, bytes.subarray(1));
    } else {
      this.#complaint = Buffer.concat([this.#complaint, bytes]).subarray(0, LONGEST_COMPLAINT);
    }
  }

  #start(): void {
    const { limits } = this.#program;
    this.#startedAt = performance.now();
    this.#resolveStarted();
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#stop('wallTime'), limits.wallTimeMs);
    this.#watch = new Watch(this.#guest, limits, (limit) => this.#stop(limit));
  }

  #pass(stream: OutputChunk['stream'], bytes: Buffer): void {
    const own = stream === 'stderr' ? this.#reports.push(bytes) : bytes;
    if (!this.#output.push(stream, own)) this.#stop('output');
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
    this.#watch?.stop();
    const { rest, report } = this.#reports.end();
    if (!this.#output.push('stderr', rest)) this.#stopped ??= 'output';
    this.#output.end();
    this.#ended = true;
    const memoryPeak = this.#watch?.peak ?? null;
    const judgement = judge({
      stopped: this.#stopped,
      started: this.#startedAt !== null,
      end,
      report,
      memoryPeak,
      limits: this.#program.limits,
    });
    const executionTime = this.#startedAt === null ? 0 : Math.max(0, end.at - this.#startedAt);
    const { droppedBytes } = this.#output;
    return { ...judgement, executionTime, memoryPeak: memoryPeak || null, droppedBytes };
  }
}
