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
  /** Memory of the program itself, in bytes. */
  memoryBytes: number;
  /** Bytes of stdout and stderr together. */
  outputBytes: number;
  /** Processes and threads at once. */
  processes: number;
}

/** A limit that a program can hit. */
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
  /** Milliseconds the program ran. */
  executionTime: number;
  /** Peak memory in bytes, where the host can tell. */
  memoryPeak: number | null;
  /** Bytes of output beyond the limit that were dropped, between the head and the tail that are kept. */
  droppedBytes: number;
  /** The limit that ended it; null when none did. */
  limit: LimitName | null;
}

/** One program in flight. */
export interface Run {
  /** Resolves when the program's process is gone; never rejects. */
  readonly outcome: Promise<Outcome>;
  /** Appends to the program's stdin; false once it is closed or the program has ended. */
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

/** Runs untrusted programs. Knows no session, no database, no HTTP. */
export interface Sandbox {
  /** Its kind, as `health` names it: `embedded`. */
  readonly kind: string;
  readonly languages: readonly LanguageInfo[];
  /** Starts a program at once; `onOutput` is called in order, and never after the outcome. */
  run(program: Program, onOutput: (chunk: OutputChunk) => void): Run;
  /** Kills what runs and what waits, and resolves when every process is gone. */
  close(): Promise<void>;
}
