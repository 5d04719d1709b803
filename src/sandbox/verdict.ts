import type { ErrorReport } from './error-report.ts';
import type { ProcessExit } from './guest-process.ts';
import type { ResourceUsage } from './process-tree.ts';
import type { LimitName, Limits, Outcome, Verdict } from './sandbox.ts';

/** Why the sandbox killed a program. */
export type StopReason = LimitName | 'cancelled' | 'codeTooLarge' | 'sandboxFailed';

/** How a program ended. Everything but the error report was observed from outside the program. */
export interface Observation {
  /** The first reason for which the sandbox killed the program; null when it ended by itself. */
  stopReason: StopReason | null;
  /** Whether output beyond the limit was dropped. Output may still arrive after the process has exited. */
  outputExceeded: boolean;
  /** Whether the guest announced that the program starts. */
  started: boolean;
  exit: ProcessExit;
  report: ErrorReport | null;
  /** The highest memory usage that was sampled, in bytes; null where the host cannot measure it. */
  memoryPeak: number | null;
  limits: Limits;
}

type Judgement = Pick<Outcome, 'verdict' | 'exitCode' | 'error' | 'limit'>;

/** Signals of a process that ran out of memory: SIGKILL from the kernel, the others from V8 and allocators. */
const OUT_OF_MEMORY_SIGNALS: ReadonlySet<string> = new Set([
  'SIGKILL',
  'SIGTRAP',
  'SIGILL',
  'SIGABRT',
  'SIGSEGV',
]);

const VERDICT_OF_REPORT: Record<ErrorReport['kind'], Verdict> = {
  error: 'FAILED',
  syntax: 'COMPILE_ERROR',
  memory: 'MEMORY_LIMIT',
  exit: 'FAILED',
};

const VERDICT_OF_STOP: Record<StopReason, Verdict> = {
  cpuTime: 'TIMED_OUT',
  wallTime: 'TIMED_OUT',
  memory: 'MEMORY_LIMIT',
  output: 'OUTPUT_LIMIT',
  processes: 'PROCESS_LIMIT',
  cancelled: 'CANCELLED',
  codeTooLarge: 'COMPILE_ERROR',
  sandboxFailed: 'SANDBOX_ERROR',
};

/**
 * Returns the limit that this usage exceeds, or null. When it exceeds several, the order is processes, memory,
 * processor time: a fork bomb also takes much memory and processor time, and its cause is the processes.
 */
export function exceededLimit(usage: ResourceUsage, limits: Limits): LimitName | null {
  if (usage.tasks > limits.processes) return 'processes';
  if (usage.memoryBytes > limits.memoryBytes) return 'memory';
  return usage.cpuTimeMs > limits.cpuTimeMs ? 'cpuTime' : null;
}

/**
 * Returns the verdict. The first rule that applies decides:
 * 1. The sandbox killed the program: the verdict of the stop reason.
 * 2. Output was dropped: OUTPUT_LIMIT.
 * 3. The program never started: SANDBOX_ERROR.
 * 4. Exit code 0: SUCCEEDED. A report cannot turn a success into a failure.
 * 5. The report says that the program chose its exit code: FAILED with that code.
 * 6. A signal: MEMORY_LIMIT when it looks like the end of memory, else FAILED.
 * 7. Another exit code: FAILED, COMPILE_ERROR or MEMORY_LIMIT, as the report says; FAILED without a report.
 */
export function judge(observation: Observation): Judgement {
  const { exit, report, limits } = observation;
  const stopReason = observation.stopReason ?? (observation.outputExceeded ? 'output' : null);
  if (stopReason) return stopped(stopReason, limits);
  if (!observation.started) return stopped('sandboxFailed', limits);
  if (exit.exitCode === 0) return { verdict: 'SUCCEEDED', exitCode: 0, error: null, limit: null };
  if (report?.kind === 'exit') return exitedWith(Number.parseInt(report.message, 10));
  if (exit.signal) {
    if (ranOutOfMemory(exit.signal, observation)) return stopped('memory', limits);
    return { verdict: 'FAILED', exitCode: null, error: `Ended by the signal ${exit.signal}`, limit: null };
  }
  const outOfMemory = report?.kind === 'memory';
  const message = report?.message ?? `Exited with code ${exit.exitCode}`;
  return {
    verdict: report ? VERDICT_OF_REPORT[report.kind] : 'FAILED',
    exitCode: exit.exitCode,
    error: outOfMemory ? `${messageFor('memory', limits)}: ${message}` : message,
    limit: outOfMemory ? 'memory' : null,
  };
}

/** An exit code above 128 looks like a signal from outside. The guest reports it when the program chose it. */
function exitedWith(exitCode: number): Judgement {
  return { verdict: 'FAILED', exitCode, error: `Exited with code ${exitCode}`, limit: null };
}

function stopped(reason: StopReason, limits: Limits): Judgement {
  const limit = isLimit(reason) ? reason : null;
  return { verdict: VERDICT_OF_STOP[reason], exitCode: null, error: messageFor(reason, limits), limit };
}

function isLimit(reason: StopReason): reason is LimitName {
  return reason !== 'cancelled' && reason !== 'codeTooLarge' && reason !== 'sandboxFailed';
}

function messageFor(reason: StopReason, limits: Limits): string {
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
    case 'codeTooLarge':
      return 'The code is too large';
    case 'cancelled':
      return 'Cancelled';
    case 'sandboxFailed':
      return 'The sandbox could not start the program';
  }
}

/** A program can also send these signals to itself, so memory usage above half of the limit has to confirm them. */
function ranOutOfMemory(signal: string, { memoryPeak, limits }: Observation): boolean {
  return OUT_OF_MEMORY_SIGNALS.has(signal) && (memoryPeak === null || memoryPeak > limits.memoryBytes / 2);
}
