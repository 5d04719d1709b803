import { type CorpusCase, LIMITS } from './corpus-case.ts';
import type { Ending } from './world.ts';

/** The parts of an outcome that a case describes. */
type Seen = Pick<Ending, 'status' | 'stdout' | 'stderr' | 'error' | 'exitCode' | 'droppedBytes'>;

/** Returns how an outcome differs from the expected one. */
export function findings(each: CorpusCase, seen: Seen): string[] {
  const verdicts: readonly string[] = [each.verdict].flat();
  const { outputBytes } = { ...LIMITS, ...each.limits };
  const broken: string[] = [];
  const note = (holds: boolean, what: string) => {
    if (!holds) broken.push(what);
  };
  note(verdicts.includes(seen.status), `ended as ${seen.status} (${seen.error}), not as ${verdicts}`);
  for (const part of ['stdout', 'stderr', 'error'] as const) {
    const expected = each[part];
    const text = seen[part] ?? '';
    const fits =
      expected === undefined || (expected instanceof RegExp ? expected.test(text) : expected === text);
    note(fits, `${part} is ${JSON.stringify(text.slice(0, 500))}, not ${String(expected).slice(0, 500)}`);
  }
  note(each.exitCode === undefined || each.exitCode === seen.exitCode, `exit code ${seen.exitCode}`);
  note(
    seen.status === 'SUCCEEDED' ? seen.exitCode === 0 && seen.error === null : Boolean(seen.error),
    `${seen.status} with exit code ${seen.exitCode} and the error ${seen.error}`,
  );
  note(seen.droppedBytes > 0 === (seen.status === 'OUTPUT_LIMIT'), `${seen.droppedBytes} bytes dropped`);
  // An invalid byte becomes U+FFFD, which has three bytes in UTF-8.
  note(Buffer.byteLength(seen.stdout + seen.stderr) <= 3 * outputBytes, 'more output than the limit allows');
  return broken;
}
