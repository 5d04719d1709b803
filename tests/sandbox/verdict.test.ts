import { describe, expect, it, test } from 'vitest';
import type { Limits } from '../../src/sandbox/sandbox.ts';
import { exceededLimit, judge, type Observation, type StopReason } from '../../src/sandbox/verdict.ts';

const LIMITS: Limits = {
  cpuTimeMs: 2_000,
  wallTimeMs: 1_000,
  memoryBytes: 64 * 2 ** 20,
  outputBytes: 500,
  processes: 10,
};

const EXITED = { exitCode: 0, signal: null, at: 0 };
const KILLED = { exitCode: null, signal: 'SIGKILL', at: 0 } as const;

/** Judges a program that ended with exit code 0 and exceeded nothing, apart from these facts. */
function judged(facts: Partial<Observation>) {
  return judge({
    stopReason: null,
    outputExceeded: false,
    started: true,
    exit: EXITED,
    report: null,
    memoryPeak: 0,
    limits: LIMITS,
    ...facts,
  });
}

const exitCode = (code: number) => ({ ...EXITED, exitCode: code });
const signal = (name: NodeJS.Signals) => ({ ...KILLED, signal: name });

describe('a program that the sandbox killed', () => {
  it.each<[StopReason, string, string]>([
    ['wallTime', 'TIMED_OUT', 'Exceeded the time limit of 1000 ms'],
    ['cpuTime', 'TIMED_OUT', 'Exceeded the CPU time limit of 2000 ms'],
    ['memory', 'MEMORY_LIMIT', 'Exceeded the memory limit of 64 MB'],
    ['output', 'OUTPUT_LIMIT', 'Exceeded the output limit of 500 bytes'],
    ['processes', 'PROCESS_LIMIT', 'Exceeded the limit of 10 processes and threads'],
  ])('for %s gets %s, and the limit is named', (stopReason, verdict, error) => {
    const judgement = judged({ stopReason, exit: KILLED });
    expect(judgement).toEqual({ verdict, exitCode: null, error, limit: stopReason });
  });

  it.each<[StopReason, string, string]>([
    ['cancelled', 'CANCELLED', 'Cancelled'],
    ['codeTooLarge', 'COMPILE_ERROR', 'The code is too large'],
    ['sandboxFailed', 'SANDBOX_ERROR', 'The sandbox could not start the program'],
  ])('because it was %s gets %s, and no limit is named', (stopReason, verdict, error) => {
    const judgement = judged({ stopReason, exit: KILLED });
    expect(judgement).toEqual({ verdict, exitCode: null, error, limit: null });
  });
});

describe('a program that ended by itself', () => {
  it('succeeds with exit code 0', () => {
    expect(judged({})).toEqual({ verdict: 'SUCCEEDED', exitCode: 0, error: null, limit: null });
  });

  it('exceeds the output limit when output was dropped', () => {
    expect(judged({ outputExceeded: true })).toEqual({
      verdict: 'OUTPUT_LIMIT',
      exitCode: null,
      error: 'Exceeded the output limit of 500 bytes',
      limit: 'output',
    });
  });

  it('fails with its exit code', () => {
    const failed = { verdict: 'FAILED', exitCode: 3, error: 'Exited with code 3', limit: null };
    expect(judged({ exit: exitCode(3) })).toEqual(failed);
  });

  it.each([
    ['error', 'FAILED', null, 'NameError: x'],
    ['syntax', 'COMPILE_ERROR', null, 'NameError: x'],
    ['memory', 'MEMORY_LIMIT', 'memory', 'Exceeded the memory limit of 64 MB: NameError: x'],
  ] as const)('and reported an error of the kind %s gets %s', (kind, verdict, limit, error) => {
    const report = { kind, message: 'NameError: x' };
    expect(judged({ exit: exitCode(1), report })).toEqual({ verdict, exitCode: 1, error, limit });
  });

  it('keeps an exit code that looks like a signal when the guest reports it', () => {
    const failed = { verdict: 'FAILED', exitCode: 137, error: 'Exited with code 137', limit: null };
    const report = { kind: 'exit', message: '137' } as const;
    expect(judged({ exit: KILLED, report, memoryPeak: LIMITS.memoryBytes })).toEqual(failed);
  });
});

describe('a program that a signal ended', () => {
  const memoryLimit = {
    verdict: 'MEMORY_LIMIT',
    exitCode: null,
    error: 'Exceeded the memory limit of 64 MB',
    limit: 'memory',
  };
  const failed = (name: string) => ({
    verdict: 'FAILED',
    exitCode: null,
    error: `Ended by the signal ${name}`,
    limit: null,
  });

  it.each(['SIGKILL', 'SIGTRAP', 'SIGILL', 'SIGABRT', 'SIGSEGV'] as const)(
    'ran out of memory when it is %s and the memory was more than half full',
    (name) => {
      const half = LIMITS.memoryBytes / 2;
      expect(judged({ exit: signal(name), memoryPeak: half + 1 })).toEqual(memoryLimit);
      expect(judged({ exit: signal(name), memoryPeak: half })).toEqual(failed(name));
    },
  );

  it('ran out of memory where the host cannot measure it', () => {
    expect(judged({ exit: KILLED, memoryPeak: null })).toEqual(memoryLimit);
  });

  it('fails when memory does not explain the signal', () => {
    const memoryPeak = LIMITS.memoryBytes;
    expect(judged({ exit: signal('SIGTERM'), memoryPeak })).toEqual(failed('SIGTERM'));
  });
});

describe('precedence', () => {
  const syntax = { kind: 'syntax', message: 'SyntaxError: x' } as const;

  it.each<[string, Partial<Observation>, string]>([
    [
      'the first stop reason, whatever happened after it',
      {
        stopReason: 'wallTime',
        outputExceeded: true,
        exit: KILLED,
        report: syntax,
        memoryPeak: 2 * LIMITS.memoryBytes,
      },
      'TIMED_OUT',
    ],
    ['a stop reason over an exit code 0 that came meanwhile', { stopReason: 'memory' }, 'MEMORY_LIMIT'],
    ['a cancellation over dropped output', { stopReason: 'cancelled', outputExceeded: true }, 'CANCELLED'],
    [
      'a stop reason over a program that never started',
      { stopReason: 'cancelled', started: false },
      'CANCELLED',
    ],
    [
      'dropped output over a signal, an error report and full memory',
      { outputExceeded: true, exit: KILLED, report: syntax, memoryPeak: LIMITS.memoryBytes },
      'OUTPUT_LIMIT',
    ],
    ['a program that never started over its exit code', { started: false }, 'SANDBOX_ERROR'],
    [
      'a program that never started over a signal and full memory',
      { started: false, exit: KILLED, memoryPeak: LIMITS.memoryBytes },
      'SANDBOX_ERROR',
    ],
    ['exit code 0 over an error report', { report: syntax, memoryPeak: LIMITS.memoryBytes }, 'SUCCEEDED'],
    ['a signal over an error report', { exit: KILLED, report: syntax }, 'FAILED'],
  ])('%s', (_, facts, verdict) => {
    expect(judged(facts).verdict).toBe(verdict);
  });
});

describe('exceededLimit', () => {
  const at = { tasks: LIMITS.processes, memoryBytes: LIMITS.memoryBytes, cpuTimeMs: LIMITS.cpuTimeMs };
  const over = { tasks: at.tasks + 1, memoryBytes: at.memoryBytes + 1, cpuTimeMs: at.cpuTimeMs + 1 };

  test('usage that equals the limits exceeds none', () => {
    expect(exceededLimit(at, LIMITS)).toBeNull();
  });

  test('processes come before memory, and memory before processor time', () => {
    expect(exceededLimit(over, LIMITS)).toBe('processes');
    expect(exceededLimit({ ...over, tasks: at.tasks }, LIMITS)).toBe('memory');
    expect(exceededLimit({ ...at, cpuTimeMs: over.cpuTimeMs }, LIMITS)).toBe('cpuTime');
  });
});
