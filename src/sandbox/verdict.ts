import type { ProcessEnd } from './guest-process.ts';
import type { Report } from './report.ts';
import type { LimitName, Limits, Outcome, Verdict } from './sandbox.ts';

/** Why we killed a program. */
export type StopReason =
  | 'TIMED_OUT'
  | 'MEMORY_LIMIT'
  | 'OUTPUT_LIMIT'
  | 'CANCELLED'
  | 'COMPILE_ERROR'
  | 'SANDBOX_ERROR';

/** All that is known of a program's end, seen from outside but for the report. */
export interface Ending {
  stopped: StopReason | null;
  /** Whether the program itself ever ran. */
  started: boolean;
  end: ProcessEnd;
  report: Report | null;
  memoryPeak: number | null;
  limits: Limits;
}

type Judgement = Pick<Outcome, 'verdict' | 'exitCode' | 'error' | 'limit'>;

/** How V8 ends its process when its heap is full. */
const CRASH_SIGNALS: ReadonlySet<string> = new Set(['SIGTRAP', 'SIGILL', 'SIGABRT', 'SIGSEGV']);

const VERDICT_OF_REPORT: Record<Report['kind'], Verdict> = {
  error: 'FAILED',
  syntax: 'COMPILE_ERROR',
  memory: 'MEMORY_LIMIT',
};

/** Judges by what happened to the process; the report only words a failure and names its kind. */
export function judge(ending: Ending): Judgement {
  const { end, report, stopped } = ending;
  if (stopped) return killed(stopped, ending.limits);
  if (!ending.started) return killed('SANDBOX_ERROR', ending.limits);
  if (end.exitCode === 0) return { verdict: 'SUCCEEDED', exitCode: 0, error: null, limit: null };
  if (end.signal) {
    if (ranOutOfMemory(end.signal, ending)) return killed('MEMORY_LIMIT', ending.limits);
    return { verdict: 'FAILED', exitCode: null, error: `Ended by the signal ${end.signal}`, limit: null };
  }
  return {
    verdict: report ? VERDICT_OF_REPORT[report.kind] : 'FAILED',
    exitCode: end.exitCode,
    error: report?.message ?? `Exited with code ${end.exitCode}`,
    limit: report?.kind === 'memory' ? 'memory' : null,
  };
}

function killed(verdict: StopReason, limits: Limits): Judgement {
  return {
    verdict,
    exitCode: null,
    error: sentence(verdict, limits),
    limit: LIMIT_OF_VERDICT[verdict] ?? null,
  };
}

const LIMIT_OF_VERDICT: Partial<Record<Verdict, LimitName>> = {
  TIMED_OUT: 'wallTime',
  MEMORY_LIMIT: 'memory',
  OUTPUT_LIMIT: 'output',
};

function sentence(reason: StopReason, limits: Limits): string {
  switch (reason) {
    case 'TIMED_OUT':
      return `Exceeded the time limit of ${limits.wallTimeMs} ms`;
    case 'MEMORY_LIMIT':
      return `Exceeded the memory limit of ${Math.round(limits.memoryBytes / 2 ** 20)} MB`;
    case 'OUTPUT_LIMIT':
      return `Exceeded the output limit of ${limits.outputBytes} bytes`;
    case 'COMPILE_ERROR':
      return 'The code is too large';
    case 'CANCELLED':
      return 'Cancelled';
    case 'SANDBOX_ERROR':
      return 'The sandbox could not start the program';
  }
}

/** A SIGKILL that is not ours is the kernel's, out of memory; a crash counts when memory was in use. */
function ranOutOfMemory(signal: string, { memoryPeak, limits }: Ending): boolean {
  if (signal === 'SIGKILL') return true;
  return CRASH_SIGNALS.has(signal) && (memoryPeak === null || memoryPeak > limits.memoryBytes / 2);
}
