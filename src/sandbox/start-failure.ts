import { NOT_STARTED, type Outcome } from './sandbox.ts';

/** Logs that the host could not start a program: it has no process id or no memory left. Returns the outcome. */
export function startFailure(error: unknown): Outcome {
  process.stderr.write(`A program could not be started: ${error}\n`);
  return NOT_STARTED;
}
