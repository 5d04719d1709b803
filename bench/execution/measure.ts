import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { OUTPUT, type Program } from './programs.ts';

export const LIMITS = {
  cpuTimeMs: 10_000,
  wallTimeMs: 30_000,
  memoryBytes: 256 * 2 ** 20,
  outputBytes: 2 ** 20,
  processes: 64,
};

/** Returns how long the task takes, in milliseconds. */
export async function timed(task: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await task();
  return performance.now() - start;
}

/** Runs a program to its end. Throws when it prints anything but the answer. */
export async function execute(
  sandbox: Sandbox,
  { language, code }: Pick<Program, 'language' | 'code'>,
  typeCheck = false,
): Promise<void> {
  let output = '';
  const run = sandbox.run({ language, code, limits: LIMITS, typeCheck }, ({ text }) => {
    output += text;
  });
  run.endStdin();
  const { error } = await run.outcome;
  if (output.trim() !== OUTPUT) throw new Error(`${sandbox.kind} printed ${output}: ${error}`);
}
