import { type CorpusCase, MEGABYTE } from '../support/corpus-case.ts';

const limits = { memoryBytes: 64 * MEGABYTE };
const error = 'Exceeded the memory limit of 64 MB';

const RECURSION_IN_C = `import functools, json, sys
sys.setrecursionlimit(10**6)
class A:
    def __eq__(self, other): return A() == other
    def __repr__(self): return f"{A()!r}"
cached = functools.lru_cache(None)(lambda n: cached(n + 1))
by_key = lambda n: sorted([n], key=by_key)
by_map = lambda n: max(map(by_map, [n]))
nested = []
for _ in range(500_000): nested = [nested]
for attempt in (
    lambda: json.loads("[" * 1_000_000), lambda: str(nested), lambda: A() == 1, lambda: repr(A()),
    lambda: cached(0), lambda: by_key(0), lambda: by_map(0),
):
    try: attempt()
    except RecursionError: print("RecursionError")`;

export const memory: CorpusCase[] = [
  {
    name: 'doubles a bytearray',
    language: 'python',
    code: 'data = bytearray(b"x")\nwhile True: data = data + data',
    limits,
    verdict: 'MEMORY_LIMIT',
  },
  {
    name: 'keeps lists',
    language: 'python',
    code: 'kept = []\nwhile True: kept.append([0] * 1000)',
    limits,
    verdict: 'MEMORY_LIMIT',
    // On a busy machine Python may raise a MemoryError before the program is killed.
    error: /^Exceeded the memory limit of 64 MB/,
  },
  {
    name: 'asks for more than there is',
    language: 'python',
    code: 'data = bytearray(2**31 - 1)',
    limits,
    verdict: 'MEMORY_LIMIT',
  },
  {
    name: 'fills the heap',
    language: 'javascript',
    code: 'const kept = []; for (;;) kept.push(new Array(1000).fill({}));',
    limits,
    verdict: 'MEMORY_LIMIT',
    error,
    exitCode: null,
  },
  {
    name: 'typed arrays beyond the heap',
    language: 'typescript',
    code: 'const kept: Uint8Array[] = []; for (;;) kept.push(new Uint8Array(1_000_000).fill(1));',
    limits,
    verdict: 'MEMORY_LIMIT',
  },
  {
    name: 'typed arrays that are never written',
    language: 'javascript',
    code: 'const kept = []; for (;;) kept.push(new Uint8Array(10_000_000));',
    limits,
    verdict: 'MEMORY_LIMIT',
  },
  {
    name: 'WebAssembly memory',
    language: 'javascript',
    code: `const memory = new WebAssembly.Memory({ initial: 1 });
for (;;) { memory.grow(16); new Uint8Array(memory.buffer).fill(1); }`,
    limits,
    verdict: 'MEMORY_LIMIT',
  },
  {
    name: 'a bomb of workers',
    language: 'javascript',
    kind: 'embedded',
    code: `const url = URL.createObjectURL(new Blob(['setInterval(() => {}, 1000)'], { type: 'text/javascript' }));
setInterval(() => new Worker(url, { type: 'module' }), 1);`,
    limits,
    verdict: ['MEMORY_LIMIT', 'FAILED', 'TIMED_OUT'],
  },
  {
    name: 'fills every folder',
    language: 'python',
    code: `import os
for folder in ("/tmp", "/dev/shm", "."):
    try:
        os.makedirs(folder, exist_ok=True)
        with open(folder + "/full", "wb") as file:
            while True: file.write(b"x" * 1_000_000)
    except OSError: pass`,
    limits,
    // Where the folders are file systems of their own, they are full before the memory is.
    verdict: ['MEMORY_LIMIT', 'SUCCEEDED'],
  },
  {
    name: 'recursion without end',
    language: 'python',
    code: 'import sys\nsys.setrecursionlimit(10**9)\ndef f(n): return f(n + 1)\nf(0)',
    verdict: 'FAILED',
    error: /RecursionError/,
  },
  {
    name: 'recursion through functions in C without end',
    language: 'python',
    kind: 'embedded',
    code: RECURSION_IN_C,
    verdict: 'SUCCEEDED',
    stdout: 'RecursionError\n'.repeat(7),
  },
  {
    name: 'recursion without end',
    language: 'javascript',
    code: 'const f = () => f() + 1; f();',
    verdict: 'FAILED',
    error: 'RangeError: Maximum call stack size exceeded',
  },
  {
    name: 'only says that it is out of memory',
    language: 'javascript',
    code: 'console.error("Fatal JavaScript out of memory: Reached heap limit"); process.exit(133);',
    verdict: 'FAILED',
  },
  {
    name: 'aborts',
    language: 'javascript',
    code: 'process.abort()',
    verdict: 'FAILED',
  },
];
