import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  entry: [
    // Run by `npm run build`, from `dist`.
    'src/sandbox/runtimes/pyodide-package.ts',
    // A process of its own.
    'src/sandbox/supervisor.ts',
    // A thread of its own.
    'src/database/sqlite-thread.ts',
    // Read as text and given to Deno and Node.
    'src/sandbox/guest/*.{js,cjs}',
    // What the pages load.
    'src/pages/room/*/main.{ts,tsx}',
    'scripts/*.{ts,mjs}',
    'tests/**/*.test.ts',
  ],
  // Programs that tests run, and servers that the benchmarks install in a folder of their own.
  ignore: ['tests/sandbox/trials/**', 'bench/documents/peers/**'],
  // A type that an exported signature names is exported with it.
  ignoreExportsUsedInFile: { interface: true, type: true },
  ignoreDependencies: [
    // Found by a `createRequire` of its own: a program, a folder of files to serve, a WebAssembly build, a library.
    '@swc/core',
    'deno',
    'pyodide',
    'redoc',
    'types-node',
    'typescript-6',
    // Run as a program by a test.
    'dclint',
    // Imported by recipes of docs/documents.md.
    'codemirror',
    'monaco-editor',
    'y-monaco',
    // The generator's program, which is part of @pothos/plugin-prisma.
    'prisma-pothos-types',
  ],
  // Beside the file in the folder that it is read from.
  ignoreUnresolved: ['../pyodide/pyodide.mjs', './swc.node'],
  // Of the machine; what needs it says so where it is missing.
  ignoreBinaries: ['ldd', 'redis-server', 'openssl'],
};

export default config;
