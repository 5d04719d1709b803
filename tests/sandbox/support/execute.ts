import type { Limits, Outcome, OutputChunk, Program, Sandbox } from '../../../src/sandbox/sandbox.ts';
import { LIMITS } from './corpus-case.ts';

export interface Result extends Outcome {
  stdout: string;
  stderr: string;
  chunks: OutputChunk[];
  /** Milliseconds from the call to the outcome. */
  elapsed: number;
}

/** Runs a program to its end with the given stdin. Cancels it after `cancelAfterMs`, if given. */
export async function execute(
  sandbox: Sandbox,
  program: Omit<Program, 'limits'> & { stdin?: string; limits?: Partial<Limits> },
  cancelAfterMs?: number,
): Promise<Result> {
  const chunks: OutputChunk[] = [];
  const { stdin, ...rest } = program;
  const began = performance.now();
  const run = sandbox.run({ ...rest, limits: { ...LIMITS, ...program.limits } }, (chunk) => {
    chunks.push(chunk);
  });
  if (stdin !== undefined) run.writeStdin(stdin);
  run.endStdin();
  const patience = cancelAfterMs === undefined ? undefined : setTimeout(() => run.cancel(), cancelAfterMs);
  const outcome = await run.outcome;
  clearTimeout(patience);
  const elapsed = performance.now() - began;
  return { ...outcome, chunks, elapsed, stdout: textOf(chunks, 'stdout'), stderr: textOf(chunks, 'stderr') };
}

export function textOf(chunks: readonly OutputChunk[], stream: OutputChunk['stream']): string {
  return chunks
    .filter((chunk) => chunk.stream === stream)
    .map((chunk) => chunk.text)
    .join('');
}
