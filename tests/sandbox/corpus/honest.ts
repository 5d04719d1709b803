import { type CorpusCase, MEGABYTE } from '../support/corpus-case.ts';

export const honest: CorpusCase[] = [
  {
    name: 'hello',
    language: 'python',
    code: 'print("hello")',
    verdict: 'SUCCEEDED',
    stdout: 'hello\n',
    exitCode: 0,
  },
  {
    name: 'hello',
    language: 'javascript',
    code: 'console.log("hello")',
    verdict: 'SUCCEEDED',
    stdout: 'hello\n',
  },
  {
    name: 'what only TypeScript has',
    language: 'typescript',
    code: `enum Color { Red, Green }
namespace Shapes { export const sides = 4; }
interface Named { name: string }
class Box<T extends Named> { constructor(private readonly value: T) {} get name() { return this.value.name; } }
const twice = <T,>(value: T): T[] => [value, value];
function traced(target: () => string, context: ClassMethodDecoratorContext) {
  return function (this: unknown) { return String(context.name) + ':' + target.call(this as never); };
}
class Traced { @traced hello() { return 'hello'; } }
console.log(Color.Green, Shapes.sides, new Box({ name: 'box' }).name, twice(1), new Traced().hello());`,
    verdict: 'SUCCEEDED',
    stdout: '1 4 box [ 1, 1 ] hello:hello\n',
  },
  {
    name: 'the console prints as in Node',
    language: 'javascript',
    code: `console.log(new Map([['a', { b: 'c' }]]), [1, 'two'], undefined, null, -0, 10n, Symbol('s'), new Set([1]));
console.log('%s is %d years and %o', 'Ann', 42, [1]);
console.group('group'); console.log('inside'); console.groupEnd();
console.log(class A {}, function f() {}, { deep: { er: { and: { deeper: 1 } } } });`,
    verdict: 'SUCCEEDED',
    stdout: `Map(1) { 'a' => { b: 'c' } } [ 1, 'two' ] undefined null -0 10n Symbol(s) Set(1) { 1 }
Ann is 42 years and [ 1, [length]: 1 ]
group
  inside
[class A] [Function: f] { deep: { er: { and: [Object] } } }
`,
  },
  {
    name: 'modules with top-level await',
    language: 'javascript',
    code: `import fs from "fs"; import { join } from "node:path"; import assert from "assert/strict";
const value = await Promise.resolve(3); assert.equal(value, 3);
console.log(value, join("a", "b"), typeof fs.readFileSync);`,
    verdict: 'SUCCEEDED',
    stdout: '3 a/b function\n',
  },
  {
    name: "require of Node's modules",
    language: 'javascript',
    code: `const assert = require('assert'); const { EventEmitter } = require('events'); const util = require('node:util');
assert.strictEqual(1, 1);
new EventEmitter().on('x', (v) => console.log(v)).emit('x', util.inspect({ a: 1 }));
sloppy = 3; console.log(sloppy, require.main === module, typeof exports, __filename.endsWith('/main.js'));`,
    verdict: 'SUCCEEDED',
    stdout: '{ a: 1 }\n3 true object true\n',
  },
  {
    name: 'a failing assertion',
    language: 'javascript',
    code: "require('assert').strictEqual(1, 2)",
    verdict: 'FAILED',
    error: /^AssertionError/,
  },
  {
    name: 'timers and microtasks in order',
    language: 'javascript',
    code: `setTimeout(() => console.log('timeout'), 1); setImmediate(() => console.log('immediate'));
process.nextTick(() => console.log('tick')); Promise.resolve().then(() => console.log('promise')); console.log('sync');`,
    verdict: 'SUCCEEDED',
    stdout: /^sync\ntick\npromise\n/,
  },
  {
    name: 'a script that speaks of what only modules do',
    language: 'javascript',
    code: '// we await (the result) of import (it)\nx = "await (this)"; console.log(x, this === module.exports);',
    verdict: 'SUCCEEDED',
    stdout: 'await (this) true\n',
  },
  {
    name: 'handlers of the exit after an error',
    language: 'javascript',
    code: 'process.on("exit", (code) => console.log("left with", code)); throw new Error("x");',
    verdict: 'FAILED',
    stdout: 'left with 1\n',
    error: 'Error: x',
  },
  {
    name: 'WebAssembly',
    language: 'javascript',
    code: `const bytes = new Uint8Array([0,97,115,109,1,0,0,0,1,7,1,96,2,127,127,1,127,3,2,1,0,7,7,1,3,97,100,100,0,0,10,9,1,7,0,32,0,32,1,106,11]);
console.log(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.add(2, 3));`,
    verdict: 'SUCCEEDED',
    stdout: '5\n',
  },
  {
    name: 'readline on given stdin',
    language: 'javascript',
    code: `const rl = require('readline').createInterface({ input: process.stdin });
let sum = 0; rl.on('line', (line) => { sum += Number(line); }); rl.on('close', () => console.log(sum));`,
    stdin: '1\n2\n3',
    verdict: 'SUCCEEDED',
    stdout: '6\n',
  },
  {
    name: 'process.stdin',
    language: 'typescript',
    code: `let text = ''; process.stdin.setEncoding('utf8');
for await (const chunk of process.stdin) text += chunk;
console.log(text.length, text.trim());`,
    stdin: 'héllo\n',
    verdict: 'SUCCEEDED',
    stdout: '6 héllo\n',
  },
  {
    name: 'stdin as a file',
    language: 'javascript',
    code: `console.log(require('fs').readFileSync(0, 'utf8').split('\\n').length, require('fs').readFileSync('/dev/stdin', 'utf8'));`,
    stdin: 'a\nb',
    verdict: 'SUCCEEDED',
    stdout: '2 \n',
  },
  {
    name: 'input() to its end',
    language: 'python',
    code: `name = input("name? ")
total = sum(int(input()) for _ in range(2))
print(name, total)
try: input()
except EOFError: print("end")`,
    stdin: 'Ann\n1\n2\n',
    verdict: 'SUCCEEDED',
    stdout: 'name? Ann 3\nend\n',
  },
  {
    name: 'no stdin at all',
    language: 'python',
    code: 'import sys\nprint(repr(sys.stdin.read()))',
    verdict: 'SUCCEEDED',
    stdout: "''\n",
  },
  {
    name: 'a megabyte of stdin',
    language: 'python',
    code: 'import sys\nprint(len(sys.stdin.read()), sum(1 for _ in ()))',
    stdin: 'x'.repeat(MEGABYTE),
    verdict: 'SUCCEEDED',
    stdout: `${MEGABYTE} 0\n`,
  },
  {
    name: 'a megabyte of stdin',
    language: 'javascript',
    code: `let length = 0; process.stdin.on('data', (data) => { length += data.length; }); process.stdin.on('end', () => console.log(length));`,
    stdin: 'x'.repeat(MEGABYTE),
    verdict: 'SUCCEEDED',
    stdout: `${MEGABYTE}\n`,
  },
  {
    name: 'the standard library',
    language: 'python',
    code: `import asyncio, bisect, collections, copy, csv, dataclasses, datetime, decimal, enum, fractions, functools
import hashlib, heapq, io, itertools, json, math, operator, queue, random, re, sqlite3, statistics, string, sys
import textwrap, time, typing, unittest, uuid, zlib, zoneinfo
@dataclasses.dataclass
class Point: x: int; y: int = 2
heap = [3, 1]; heapq.heapify(heap)
print(Point(1), heapq.heappop(heap), collections.Counter("aab").most_common(1), math.comb(5, 2), random.randint(3, 3))
print(json.dumps({"a": [1]}), re.sub("a", "b", "aa"), bisect.bisect([1, 2], 2), list(itertools.pairwise("abc")))
print(hashlib.sha256(b"").hexdigest()[:8], sqlite3.connect(":memory:").execute("select 1+1").fetchone())`,
    verdict: 'SUCCEEDED',
    stdout: `Point(x=1, y=2) 1 [('a', 2)] 10 3
{"a": [1]} bb 2 [('a', 'b'), ('b', 'c')]
e3b0c442 (2,)
`,
  },
  {
    name: 'unittest',
    language: 'python',
    code: `import unittest
class Adds(unittest.TestCase):
    def test_adds(self): self.assertEqual(1 + 1, 2)
if __name__ == "__main__": unittest.main()`,
    verdict: 'SUCCEEDED',
    stderr: /Ran 1 test in .*\n\nOK\n$/,
  },
  {
    name: 'asyncio',
    language: 'python',
    code: `import asyncio
async def work(n):
    await asyncio.sleep(0.01 * n)
    return n
async def main(): print(await asyncio.gather(*(work(n) for n in range(3))))
asyncio.run(main())`,
    verdict: 'SUCCEEDED',
    stdout: '[0, 1, 2]\n',
  },
  {
    name: 'files in the working folder',
    language: 'python',
    code: `with open("notes.txt", "w") as file: file.write("kept")
import os
print(open("notes.txt").read(), set(os.listdir()) - {"main.py"})`,
    verdict: 'SUCCEEDED',
    stdout: "kept {'notes.txt'}\n",
  },
  {
    name: '50 MB of memory',
    language: 'python',
    code: 'data = bytearray(b"x" * 50_000_000)\nprint(len(data))',
    verdict: 'SUCCEEDED',
    stdout: '50000000\n',
  },
  {
    name: '50 MB of memory',
    language: 'javascript',
    code: 'console.log(new Uint8Array(50_000_000).fill(1).length)',
    verdict: 'SUCCEEDED',
    stdout: '50000000\n',
  },
  {
    name: 'a byte order mark, CRLF and characters beyond the basic plane',
    language: 'python',
    code: '\ufeffx = "\u{1f600}é"\r\nprint(x, len(x))\r\n',
    verdict: 'SUCCEEDED',
    stdout: '\u{1f600}é 2\n',
  },
  {
    name: 'a byte order mark, CRLF and characters beyond the basic plane',
    language: 'javascript',
    code: '\ufeffconst x = "\u{1f600}é";\r\nconsole.log(x, x.length, "\ufeff");\r\n',
    verdict: 'SUCCEEDED',
    stdout: '\u{1f600}é 3 \ufeff\n',
  },
  { name: 'an empty program', language: 'python', code: '', verdict: 'SUCCEEDED', stdout: '' },
  { name: 'an empty program', language: 'typescript', code: '', verdict: 'SUCCEEDED', stdout: '' },
  {
    name: 'deep recursion',
    language: 'python',
    code: 'import sys\nsys.setrecursionlimit(10**6)\ndef f(n): return 0 if n == 0 else 1 + f(n - 1)\nprint(f(20000))',
    verdict: 'SUCCEEDED',
    stdout: '20000\n',
  },
];
