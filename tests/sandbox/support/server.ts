// A minimal server for orphans.test.ts, which kills it: starts endless programs and prints when they run.
import { SANDBOX_KINDS } from '../../../src/sandbox/sandbox.ts';
import { LIMITS } from './corpus-case.ts';
import { openKind } from './kinds.ts';

const kind = SANDBOX_KINDS.find((each) => each === process.argv[2]) ?? 'embedded';
const sandbox = await openKind(kind);
const limits = { ...LIMITS, wallTimeMs: 600_000 };
const programs = [
  ['javascript', 'console.log("runs"); for (;;);'],
  ['python', 'print("runs")\nwhile True: pass'],
] as const;
for (const [language, code] of programs) {
  await new Promise<void>((resolve) => {
    sandbox.run({ language, code, limits }, () => resolve());
  });
}
process.stdout.write('ready\n');
