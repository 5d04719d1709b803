/** The languages that a program can be written in. */
export type Language = 'javascript' | 'typescript' | 'python';

/** How a run ended; the first two say what the program did, the others name the limit that stopped it. */
export type Verdict =
  | 'SUCCEEDED'
  | 'FAILED'
  | 'COMPILE_ERROR'
  | 'TIMED_OUT'
  | 'MEMORY_LIMIT'
  | 'OUTPUT_LIMIT'
  | 'PROCESS_LIMIT'
  | 'CANCELLED'
  | 'SANDBOX_ERROR';

export interface Limits {
  /** Processor time of all its processes and threads together, in milliseconds. */
  cpuTimeMs: number;
  /** Wall time from the program's first instruction, in milliseconds. */
  wallTimeMs: number;
  /** Memory of the program itself, in bytes: of all its processes, without its interpreter. */
  memoryBytes: number;
  /** Bytes of stdout and stderr together. */
  outputBytes: number;
  /** Processes and threads at once, without those of its interpreter. */
  processes: number;
}

/** The limit that stopped a program. */
export type LimitName = 'cpuTime' | 'wallTime' | 'memory' | 'output' | 'processes';

export interface Program {
  language: Language;
  code: string;
  limits: Limits;
}

export interface OutputChunk {
  stream: 'stdout' | 'stderr';
  text: string;
}

export interface Outcome {
  verdict: Verdict;
  /** 0 on success, null when the program was killed. */
  exitCode: number | null;
  /** One message for people, as the language words it (`NameError: name 'x' is not defined`); null on success. */
  error: string | null;
  /** The limit that stopped it, or null. */
  limit: LimitName | null;
  /** Milliseconds the program ran. */
  executionTime: number;
  /** Peak memory in bytes, where the host can tell. */
  memoryPeak: number | null;
  /** Bytes of output beyond the limit that were dropped, between the head and the tail that are kept. */
  droppedBytes: number;
}

/** What a program may be given on its stdin in all, so that one that does not read it holds no more. */
export const STDIN_LIMIT_BYTES = 16 * 2 ** 20;

/** One program in flight. */
export interface Run {
  /** Resolves when the program's processes are gone; never rejects. */
  readonly outcome: Promise<Outcome>;
  /** Appends to the program's stdin; false once it is closed, full or the program has ended. */
  writeStdin(text: string): boolean;
  /** Closes stdin; safe to call twice. */
  endStdin(): void;
  /** Ends the program with the verdict CANCELLED; safe to call in every state. */
  cancel(): void;
}

export interface LanguageInfo {
  language: Language;
  /** What runs it, with its version: `Deno`, `2.9.6`. */
  runtime: string;
  version: string;
}

/** One way in which programs are kept from harm, and what does it on this host; null when nothing does. */
export interface Protection {
  name: 'namespaces' | 'filter' | 'memory' | 'processes' | 'network' | 'user';
  mechanism: string | null;
}

/** What stands around programs: `bubblewrap` where the host allows it, `embedded` everywhere. */
export const SANDBOX_KINDS = ['bubblewrap', 'embedded'] as const;
export type SandboxKind = (typeof SANDBOX_KINDS)[number];

/** A sandbox that was opened on this host. */
export interface OpenedSandbox extends Sandbox {
  /** Why each stronger kind was not taken, for the operator. */
  readonly failures: readonly string[];
}

/** Runs untrusted programs. Knows no session, no database, no HTTP. */
export interface Sandbox {
  readonly kind: SandboxKind;
  readonly languages: readonly LanguageInfo[];
  readonly protections: readonly Protection[];
  /** Starts a program at once; `onOutput` is called in order, and never after the outcome. */
  run(program: Program, onOutput: (chunk: OutputChunk) => void): Run;
  /** Kills what runs and what waits, and resolves when every process is gone. */
  close(): Promise<void>;
}

/** How a sandbox is to be. */
export interface SandboxOptions {
  /** `auto` takes the strongest kind that works on this host. */
  kind: SandboxKind | 'auto';
  /** Programs that are run at once. */
  running: number;
  /** Processes that wait for a program, for each runtime. */
  waiting: number;
  /** Memory that all waiting processes may hold, in bytes. */
  waitingBytes: number;
  /** The most that a program may be given of each; a program that asks for more gets this. */
  ceiling: Limits;
}
