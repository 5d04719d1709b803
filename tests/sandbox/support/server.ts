// A server in small, to be killed: starts one program a language and says when they run.
import { createEmbeddedSandbox } from '../../../src/sandbox/embedded.ts';
import { LIMITS } from './corpus-case.ts';

const sandbox = await createEmbeddedSandbox();
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
