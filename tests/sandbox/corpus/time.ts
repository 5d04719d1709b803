import type { CorpusCase } from '../support/corpus-case.ts';

const limits = { wallTimeMs: 400 };

export const time: CorpusCase[] = [
  { name: 'endless loop', language: 'python', code: 'while True: pass', limits, verdict: 'TIMED_OUT' },
  {
    name: 'endless loop',
    language: 'javascript',
    code: 'for (;;);',
    limits,
    verdict: 'TIMED_OUT',
    exitCode: null,
    error: 'Exceeded the time limit of 400 ms',
  },
  {
    name: 'endless loop',
    language: 'typescript',
    code: 'while (true as boolean) {}',
    limits,
    verdict: 'TIMED_OUT',
  },
  {
    name: 'sleeps for an hour',
    language: 'python',
    code: 'import time; time.sleep(3600)',
    limits,
    verdict: 'TIMED_OUT',
  },
  {
    name: 'sleeps for an hour',
    language: 'javascript',
    code: 'setTimeout(() => {}, 3600000)',
    limits,
    verdict: 'TIMED_OUT',
  },
  {
    name: 'ignores every signal',
    language: 'javascript',
    code: 'for (const s of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(s, () => {}); for (;;);',
    limits,
    verdict: 'TIMED_OUT',
  },
  {
    name: 'ignores every signal',
    language: 'python',
    code: `import signal
for number in range(1, 32):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: pass`,
    limits,
    verdict: 'TIMED_OUT',
  },
  {
    name: 'a number without end',
    language: 'python',
    code: '10**10**8',
    limits,
    verdict: ['TIMED_OUT', 'MEMORY_LIMIT'],
  },
  {
    name: 'catastrophic regular expression',
    language: 'javascript',
    code: '/^(a+)+$/.test("a".repeat(40) + "b")',
    limits,
    verdict: 'TIMED_OUT',
  },
  {
    name: 'catastrophic regular expression',
    language: 'python',
    code: 'import re; re.match("^(a+)+$", "a" * 40 + "b")',
    limits,
    verdict: 'TIMED_OUT',
  },
  {
    name: 'promises that resolve for ever',
    language: 'javascript',
    code: 'const again = async () => { for (;;) await null; }; again();',
    limits,
    verdict: 'TIMED_OUT',
  },
  {
    name: 'waits for nothing',
    language: 'typescript',
    code: 'await new Promise<void>(() => {});',
    verdict: 'FAILED',
  },
  {
    name: 'catches its end',
    language: 'python',
    code: `while True:
    try:
        while True: pass
    except BaseException: pass`,
    limits,
    verdict: 'TIMED_OUT',
  },
  {
    name: 'refuses to leave',
    language: 'javascript',
    code: 'process.on("exit", () => { for (;;); });',
    limits,
    verdict: 'TIMED_OUT',
  },
];
