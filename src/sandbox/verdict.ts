import type { ProcessEnd } from './guest-process.ts';
import type { Report } from './report.ts';
import type { LimitName, Limits, Outcome, Verdict } from './sandbox.ts';

/** Why we killed a program. */
export type StopReason = LimitName | 'cancelled' | 'tooLarge' | 'sandbox';

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

/** How the kernel ends a process when memory is full, and V8 its own when its heap is. */
const MEMORY_SIGNALS: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTRAP', 'SIGILL', 'SIGABRT', 'SIGSEGV']);

const VERDICT_OF_REPORT: Record<Report['kind'], Verdict> = {
  error: 'FAILED',
  syntax: 'COMPILE_ERROR',
  memory: 'MEMORY_LIMIT',
  exit: 'FAILED',
};

const VERDICT_OF_REASON: Record<StopReason, Verdict> = {
  cpuTime: 'TIMED_OUT',
  wallTime: 'TIMED_OUT',
  memory: 'MEMORY_LIMIT',
  output: 'OUTPUT_LIMIT',
  processes: 'PROCESS_LIMIT',
  cancelled: 'CANCELLED',
  tooLarge: 'COMPILE_ERROR',
  sandbox: 'SANDBOX_ERROR',
};

/** Judges by what happened to the process; the report only words a failure and names its kind. */
export function judge(ending: Ending): Judgement {
  const { end, report, stopped, limits } = ending;
  if (stopped) return killed(stopped, limits);
  if (!ending.started) return killed('sandbox', limits);
  if (end.exitCode === 0) return { verdict: 'SUCCEEDED', exitCode: 0, error: null, limit: null };
  if (report?.kind === 'exit') return exited(Number.parseInt(report.message, 10));
  if (end.signal) {
    if (ranOutOfMemory(end.signal, ending)) return killed('memory', limits);
    return { verdict: 'FAILED', exitCode: null, error: `Ended by the signal ${end.signal}`, limit: null };
  }
  const outOfMemory = report?.kind === 'memory';
  const message = report?.message ?? `Exited with code ${end.exitCode}`;
  return {
    verdict: report ? VERDICT_OF_REPORT[report.kind] : 'FAILED',
    exitCode: end.exitCode,
    error: outOfMemory ? `${sentence('memory', limits)}: ${message}` : message,
    limit: outOfMemory ? 'memory' : null,
  };
}

/** A code beyond 128 looks like a signal from outside, unless the guest tells that the program asked for it. */
function exited(exitCode: number): Judgement {
  return { verdict: 'FAILED', exitCode, error: `Exited with code ${exitCode}`, limit: null };
}

function killed(reason: StopReason, limits: Limits): Judgement {
  const limit = isLimit(reason) ? reason : null;
  return { verdict: VERDICT_OF_REASON[reason], exitCode: null, error: sentence(reason, limits), limit };
}

function isLimit(reason: StopReason): reason is LimitName {
  return reason !== 'cancelled' && reason !== 'tooLarge' && reason !== 'sandbox';
}

function sentence(reason: StopReason, limits: Limits): string {
  switch (reason) {
    case 'wallTime':
      return `Exceeded the time limit of ${limits.wallTimeMs} ms`;
    case 'cpuTime':
      return `Exceeded the CPU time limit of ${limits.cpuTimeMs} ms`;
    case 'memory':
      return `Exceeded the memory limit of ${Math.round(limits.memoryBytes / 2 ** 20)} MB`;
    case 'output':
      return `Exceeded the output limit of ${limits.outputBytes} bytes`;
    case 'processes':
      return `Exceeded the limit of ${limits.processes} processes and threads`;
    case 'tooLarge':
      return 'The code is too large';
    case 'cancelled':
      return 'Cancelled';
    case 'sandbox':
      return 'The sandbox could not start the program';
  }
}

/** A SIGKILL that is not ours may be the kernel's, out of memory, or the program's own doing. */
function ranOutOfMemory(signal: string, { memoryPeak, limits }: Ending): boolean {
  return MEMORY_SIGNALS.has(signal) && (memoryPeak === null || memoryPeak > limits.memoryBytes / 2);
}
