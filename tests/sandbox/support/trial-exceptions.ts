import type { SandboxKind } from '../../../src/sandbox/sandbox.ts';

/** Why and where an ending differs: `all` for a program that this kind of sandbox cannot run. */
type Exception = readonly [reason: string, ...('stdout' | 'stderr' | 'all')[]];

/** The trials that end otherwise than on the machine, with the reason. docs/sandbox.md tells the same. */
export const EXCEPTIONS: Record<SandboxKind, Readonly<Record<string, Exception>>> = {
  bubblewrap: {
    'N05-os.js': ['the box has no user and no network', 'stdout'],
    'Q04-locale.py': ['UTF-8 mode writes the name of the encoding in lower case', 'stdout'],
    'Q20-os-system-clear.py': ['no shell and no commands', 'stdout', 'stderr'],
    'U04-trace-hook.py': ['no hook runs while the interpreter ends', 'stdout'],
    'U17-hook-exits-at-the-end.py': ['the interpreter prints the error before it ends', 'stderr'],
  },
  embedded: {
    'E11-await-nonasync.js': ['compiled as a module', 'all'],
    'M05-worker-filename.js': ['no permission for files', 'all'],
    'N05-os.js': ['no permission to describe the host', 'all'],
    'N07-node-test.js': ['no node:test', 'all'],
    'N19-fs-write-read.js': ['no permission for files', 'all'],
    'N20-fs-self.js': ['no permission for files', 'all'],
    'P01b-threading-stack-512.py': ['no threads', 'all'],
    'P02-resource-stack.py': ['no module `resource`', 'all'],
    'P08-json-deep.py': ['a newer CPython has another message', 'stdout'],
    'Q04-locale.py': ['formats as `C`, and accepts every name of a locale', 'stdout'],
    'Q20-os-system-clear.py': ['no shell and no commands', 'stdout', 'stderr'],
    'R05-random-sample-big.py': ['32-bit sizes', 'all'],
    'T02-import-equals.ts': ['Deno does not compile it', 'all'],
    'T07-param-decorators.ts': ['Deno does not compile it', 'all'],
    'T08-namespace-merge.ts': ['Deno does not compile it', 'all'],
    'T13-accessor-generics.ts': ['Deno does not compile it', 'all'],
    'U04-trace-hook.py': ['no hook runs while the interpreter ends', 'stdout'],
    'U13-atexit-exits.py': ['a newer CPython has another message', 'stderr'],
  },
};
