/** The languages of programs. */
export type Language = 'javascript' | 'typescript' | 'python';

/** How a run ended. */
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

/** The resources that a program may use. The sandbox kills a program that exceeds a limit. */
export interface Limits {
  /** Processor time of all processes and threads of the program together, in milliseconds. */
  cpuTimeMs: number;
  /** Wall time from the program's first instruction, in milliseconds. */
  wallTimeMs: number;
  /** Memory of all processes of the program together, without the interpreter, in bytes. */
  memoryBytes: number;
  /** Bytes of stdout and stderr together. */
  outputBytes: number;
  /** Processes and threads at the same time, without those of the interpreter. */
  processes: number;
}

/** The names of the limits, without their units. */
export type LimitName = 'cpuTime' | 'wallTime' | 'memory' | 'output' | 'processes';

/** A program and the limits of its run. */
export interface Program {
  language: Language;
  code: string;
  limits: Limits;
  /** Whether the types of a TypeScript program are checked first. With errors of types it does not run. */
  typeCheck?: boolean;
}

/** A piece of the program's output, decoded as UTF-8. */
export interface OutputChunk {
  stream: 'stdout' | 'stderr';
  text: string;
}

/** The result of a run, apart from its output. */
export interface Outcome {
  verdict: Verdict;
  /** 0 on success, null when the program was killed. */
  exitCode: number | null;
  /** A message for people, as the language words it (`NameError: name 'x' is not defined`); null on success. */
  error: string | null;
  /** The exceeded limit, or null. */
  limit: LimitName | null;
  /** Wall time from the program's start to its exit, in milliseconds. */
  executionTime: number;
  /** The highest sampled memory usage in bytes; null without a sample or where the host cannot measure it. */
  memoryPeak: number | null;
  /** Bytes of output beyond the limit. They were dropped between the head and the tail of the output. */
  droppedBytes: number;
}

/** The outcome of a program that never ran. */
export const NOT_STARTED: Outcome = {
  verdict: 'SANDBOX_ERROR',
  exitCode: null,
  error: 'The sandbox could not start the program',
  limit: null,
  executionTime: 0,
  memoryPeak: null,
  droppedBytes: 0,
};

/** The total stdin of a run, in bytes. Bounds the memory that a program occupies by not reading its stdin. */
export const STDIN_LIMIT_BYTES = 16 * 2 ** 20;

/** A program that was started. */
export interface Run {
  /** Resolves when all processes of the program have exited. Never rejects. */
  readonly outcome: Promise<Outcome>;
  /** Appends to stdin. Returns false when stdin is closed or full, or the program has ended. */
  writeStdin(text: string): boolean;
  /** Closes stdin. May be called several times. */
  endStdin(): void;
  /** Kills the program; its verdict is CANCELLED. Does nothing once the program has ended. */
  cancel(): void;
}

/** A package that programs may import. */
export interface Package {
  name: string;
  version: string;
}

/** A language and the runtime that runs it. */
export interface LanguageInfo {
  language: Language;
  /** The runtime's name, such as `Node.js`. */
  runtime: string;
  /** The runtime's version, such as `22.14.0`. */
  version: string;
  packages: readonly Package[];
}

/** One protection against programs, and its mechanism on this host; null when it has none. */
export interface Protection {
  name: 'namespaces' | 'filter' | 'memory' | 'processes' | 'network' | 'user';
  mechanism: string | null;
}

/** The kinds of sandbox, the strongest first. `embedded` works on every host. */
export const SANDBOX_KINDS = ['bubblewrap', 'embedded'] as const;
/** A kind of sandbox. */
export type SandboxKind = (typeof SANDBOX_KINDS)[number];

/** A sandbox that was opened on this host. */
export interface OpenedSandbox extends Sandbox {
  /** For every stronger kind, why it does not work on this host. For the operator. */
  readonly failures: readonly string[];
}

/** Runs untrusted programs. Knows no session, no database, no HTTP. */
export interface Sandbox {
  readonly kind: SandboxKind;
  readonly languages: readonly LanguageInfo[];
  readonly protections: readonly Protection[];
  /** Starts a program at once. Calls `onOutput` in order, and never after `outcome` has resolved. */
  run(program: Program, onOutput: (chunk: OutputChunk) => void): Run;
  /** Kills every process. Resolves when all have exited. */
  close(): Promise<void>;
}

/** The settings of a sandbox. */
export interface SandboxOptions {
  /** `auto` selects the strongest kind that works on this host. */
  kind: SandboxKind | 'auto';
  /** How many programs run at the same time. */
  running: number;
  /** How many processes of each runtime wait for a program. */
  waiting: number;
  /** The memory of all waiting processes together, in bytes. */
  waitingBytes: number;
  /** The highest limits that a program gets. Higher ones are lowered to these. */
  ceiling: Limits;
  /** Folders of the host with packages for programs: a `site-packages` and a `node_modules`. */
  packageFolders: { python?: string | undefined; node?: string | undefined };
}
