import type { SandboxKind } from '../../../src/sandbox/sandbox.ts';
import { boxed } from '../corpus/boxed.ts';
import { errors } from '../corpus/errors.ts';
import { honest } from '../corpus/honest.ts';
import { isolation } from '../corpus/isolation.ts';
import { memory } from '../corpus/memory.ts';
import { node } from '../corpus/node.ts';
import { output } from '../corpus/output.ts';
import { time } from '../corpus/time.ts';
import type { Canaries } from './canaries.ts';
import type { CorpusCase } from './corpus-case.ts';

/** Returns the families of programs for a kind of sandbox, each with its name. */
export function familiesFor(kind: SandboxKind, { file, port }: Canaries): [string, CorpusCase[]][] {
  const families: Record<string, CorpusCase[]> = {
    honest,
    errors,
    time,
    memory,
    output,
    isolation: isolation(file, port),
    boxed: boxed(file, port),
    node: node(file, port),
  };
  return Object.entries(families)
    .map(([family, cases]): [string, CorpusCase[]] => [
      family,
      cases.filter((each) => each.kind === undefined || each.kind === kind),
    ])
    .filter(([, cases]) => cases.length > 0);
}
