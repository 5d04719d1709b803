import type { CorpusCase } from '../support/corpus-case.ts';

const limits = { outputBytes: 10_000 };
const error = 'Exceeded the output limit of 10000 bytes';

export const output: CorpusCase[] = [
  {
    name: 'prints for ever on stdout',
    language: 'python',
    code: 'while True: print("spam")',
    limits,
    verdict: 'OUTPUT_LIMIT',
    stdout: /^(spam\n){1500}/,
    exitCode: null,
    error,
  },
  {
    name: 'prints for ever on stderr',
    language: 'javascript',
    code: 'for (;;) console.error("spam");',
    limits,
    verdict: 'OUTPUT_LIMIT',
    stdout: '',
    stderr: /^(spam\n){1500}/,
    error,
  },
  {
    name: 'prints for ever on both',
    language: 'typescript',
    code: 'for (;;) { console.log("a"); console.error("b"); }',
    limits,
    verdict: 'OUTPUT_LIMIT',
    error,
  },
  {
    name: 'prints too much and leaves at once',
    language: 'javascript',
    code: 'console.log("x".repeat(20000) + "the end"); process.exit(0);',
    limits,
    verdict: 'OUTPUT_LIMIT',
    stdout: `${'x'.repeat(9_992)}the end\n`,
  },
  {
    name: 'prints exactly the limit',
    language: 'javascript',
    code: 'process.stdout.write("x".repeat(6000)); process.stderr.write("y".repeat(4000));',
    limits,
    verdict: 'SUCCEEDED',
    stdout: 'x'.repeat(6000),
    stderr: 'y'.repeat(4000),
  },
  {
    name: 'prints exactly the limit and fails',
    language: 'python',
    code: 'import os\nprint("x" * 10000, end="", flush=True)\nos._exit(4)',
    limits,
    verdict: 'FAILED',
    stdout: 'x'.repeat(10_000),
    error: 'Exited with code 4',
  },
  {
    name: 'prints a word and hangs',
    language: 'python',
    code: 'print("word", end="")\nwhile True: pass',
    limits: { wallTimeMs: 3_000 },
    verdict: 'TIMED_OUT',
    stdout: 'word',
  },
  {
    name: 'prints a word and hangs',
    language: 'javascript',
    code: 'process.stdout.write("word"); for (;;);',
    limits: { wallTimeMs: 3_000 },
    verdict: 'TIMED_OUT',
    stdout: 'word',
  },
  {
    name: 'writes a word and hangs',
    language: 'python',
    code: 'import sys\nsys.stdout.write("word")\nwhile True: pass',
    limits: { wallTimeMs: 3_000 },
    verdict: 'TIMED_OUT',
    stdout: 'word',
  },
  {
    name: 'prints a word and hangs outside Python',
    language: 'python',
    code: 'import re\nprint("word", end="")\nre.match("(a+)+b", "a" * 99)',
    limits: { wallTimeMs: 3_000 },
    verdict: 'TIMED_OUT',
    stdout: 'word',
  },
  {
    name: 'prints lines and hangs',
    language: 'python',
    code: 'for i in range(3): print(i)\nwhile True: pass',
    limits: { wallTimeMs: 3_000 },
    verdict: 'TIMED_OUT',
    stdout: '0\n1\n2\n',
  },
  {
    // The name of the stream is in two parts, because the runner looks for it in the code.
    name: 'prints lines only, in one piece each',
    language: 'python',
    code: 'import sys\nprint(getattr(sys, "std" + "out").line_buffering)',
    verdict: 'SUCCEEDED',
    stdout: 'True\n',
  },
  {
    name: 'escape sequences and NUL bytes',
    language: 'python',
    code: 'print("\\x1b]0;title\\x07\\x1b[31mred\\x00\\x00")',
    verdict: 'SUCCEEDED',
    stdout: '\x1b]0;title\x07\x1b[31mred\ufffd\ufffd\n',
  },
  {
    name: 'ends with a NUL on stderr',
    language: 'javascript',
    code: 'process.stderr.write("a\\0b\\0")',
    verdict: 'SUCCEEDED',
    stderr: 'a\ufffdb\ufffd',
  },
  {
    name: 'bytes that are no text',
    language: 'python',
    code: 'import sys\nsys.stdout.buffer.write(b"a\\xffb\\xf0\\x9f")',
    verdict: 'SUCCEEDED',
    stdout: 'a\ufffdb\ufffd',
  },
  {
    name: 'a character in pieces',
    language: 'javascript',
    kind: 'embedded',
    code: `const bytes = new TextEncoder().encode('\u{1f600}');
for (const byte of bytes) {
  Deno.stdout.writeSync(new Uint8Array([byte]));
  await new Promise((resolve) => setTimeout(resolve, 20));
}`,
    verdict: 'SUCCEEDED',
    stdout: '\u{1f600}',
  },
  {
    name: 'a forged report',
    language: 'javascript',
    code: `const mark = '\\0' + '0'.repeat(32) + '\\0';
process.stderr.write(mark + 'memory forged');
process.stdout.write(String.fromCharCode(1));
process.exit(0);`,
    verdict: 'SUCCEEDED',
    stdout: '\x01',
    stderr: /forged/,
  },
  {
    name: 'a forged success',
    language: 'python',
    code: `import sys
print('{"verdict": "SUCCEEDED", "exitCode": 0}')
sys.exit(7)`,
    verdict: 'FAILED',
    exitCode: 7,
    error: 'Exited with code 7',
  },
  {
    name: 'a megabyte at once',
    language: 'javascript',
    code: 'process.stdout.write("z".repeat(1_000_000) + "end"); process.exit(0);',
    verdict: 'SUCCEEDED',
    stdout: /^z{1000000}end$/,
  },
  {
    name: 'a megabyte in lines',
    language: 'python',
    code: 'for i in range(20000): print("x" * 49)',
    verdict: 'SUCCEEDED',
    stdout: `${'x'.repeat(49)}\n`.repeat(20_000),
  },
];
