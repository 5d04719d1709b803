import { type CorpusCase, MEGABYTE } from '../support/corpus-case.ts';

const limits = { wallTimeMs: 4_000 };

/** Programs that only Node in a box of the kernel's runs. `file` and `port` are the canaries. */
export function node(file: string, port: number): CorpusCase[] {
  const javascript = (name: string, code: string, expected: Partial<CorpusCase>): CorpusCase => ({
    name,
    language: 'javascript',
    kind: 'bubblewrap',
    code,
    verdict: 'SUCCEEDED',
    ...expected,
  });
  const typescript = (name: string, code: string, expected: Partial<CorpusCase>): CorpusCase => ({
    ...javascript(name, code, expected),
    language: 'typescript',
  });
  const refused = (name: string, attempts: readonly string[]) =>
    javascript(name, tryAll(attempts), { stdout: 'refused\n'.repeat(attempts.length) });
  const host = JSON.stringify(file);
  return [
    refused('reads files of the host', [
      `fs.readFileSync(${host})`,
      'fs.readFileSync("/etc/shadow")',
      'fs.readFileSync("/etc/passwd")',
      'fs.readdirSync("/root")',
      'fs.readdirSync("/home")',
      `process.dlopen({ exports: {} }, ${host})`,
      `require(${host})`,
    ]),
    refused('writes outside its folder', [
      'fs.writeFileSync("/usr/bin/x", "x")',
      'fs.writeFileSync("/guest/preload.cjs", "x")',
      'fs.appendFileSync(process.execPath, "x")',
      'fs.writeFileSync("/proc/sys/kernel/core_pattern", "x")',
      'fs.mkdirSync("/new")',
      'fs.chmodSync("/guest", 0o777)',
      'process.setuid(0)',
      'process.chroot("/")',
    ]),
    javascript(
      'dials out',
      `const net = require('net');
net.connect(${port}, '127.0.0.1').on('error', (e) => console.log('tcp', e.code));
net.createServer().on('error', (e) => console.log('listens', e.code)).listen(0);
try { require('dgram').createSocket('udp4').on('error', (e) => console.log('udp', e.code)).send('x', ${port}, '127.0.0.1'); } catch (e) { console.log('udp', e.code); }
require('dns').lookup('example.com', (e) => console.log('dns', e.code));
fetch('http://127.0.0.1:${port}/').catch((e) => console.log('fetch', e.cause.code));
fetch('http://169.254.169.254/').catch((e) => console.log('metadata', e.cause.code));`,
      { stdout: /^((tcp|listens|udp|fetch|metadata) EPERM\n|dns EAI_AGAIN\n){6}$/ },
    ),
    javascript(
      'reads the environment',
      'console.log(process.env, require("fs").readFileSync("/proc/1/environ", "utf8"))',
      {
        stdout: /^\{ HOME: '\/tmp', LANG: 'C\.UTF-8', PATH: '\/usr\/bin', PWD: '\/tmp' \}(?!.*CANARY)/,
      },
    ),
    javascript(
      'looks for what started it',
      `const { getuid, pid, title, execPath, argv, execArgv } = process;
console.log(getuid(), pid, title, execPath, argv, execArgv, Object.keys(require.cache), require.main === module, module.children);
console.log(require('fs').readdirSync('.'), require('fs').readdirSync('/proc/self/fd').length < 40);`,
      {
        stdout: `65534 2 node /usr/bin/node [ '/usr/bin/node', '/tmp/main.js' ] [] [ '/tmp/main.js' ] true []
[ 'main.js' ] true
`,
      },
    ),
    javascript(
      'children of its own',
      `const { fork, spawnSync } = require('child_process');
if (process.argv[2]) process.send(process.argv.slice(2).concat(process.execArgv));
else fork(__filename, ['child']).on('message', (m) => console.log(m, spawnSync('node', ['-p', '6 * 7']).stdout.toString()));`,
      { stdout: "[ 'child' ] 42\n\n" },
    ),
    javascript(
      'workers of its own',
      `const { Worker, isMainThread, parentPort } = require('worker_threads');
if (!isMainThread) parentPort.on('message', (n) => { parentPort.postMessage(n * n); parentPort.close(); });
else Promise.all(Array.from({ length: 20 }, (_, n) => new Promise((resolve, reject) => {
  const worker = new Worker(__filename);
  worker.on('message', resolve).on('error', reject).postMessage(n);
}))).then((squares) => console.log(squares.at(-1)));`,
      { limits: { memoryBytes: 256 * MEGABYTE }, stdout: '361\n' },
    ),
    javascript(
      'a bomb of children',
      `const { spawn } = require('child_process');
setInterval(() => spawn(process.execPath, ['-e', 'for (;;);']), 1);`,
      { limits, verdict: BOMBED },
    ),
    javascript(
      'a bomb of forks',
      "const { fork } = require('child_process'); for (let n = 0; n < 4; n++) fork(__filename);",
      { limits, verdict: BOMBED },
    ),
    javascript(
      'a bomb of workers',
      `const { Worker } = require('worker_threads');
setInterval(() => new Worker('setInterval(() => {}, 1000)', { eval: true }), 1);`,
      { limits, verdict: BOMBED },
    ),
    javascript(
      'a child that outlives it',
      `const child = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
child.unref(); console.log('left');`,
      { stdout: 'left\n' },
    ),
    javascript(
      'memory outside the heap, in a child',
      `const eat = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(5e6, 1)), 1)';
require('child_process').spawn(process.execPath, ['-e', eat]);`,
      { limits: { memoryBytes: 128 * MEGABYTE }, verdict: 'MEMORY_LIMIT' },
    ),
    javascript(
      'raises the limit of its heap',
      `require('v8').setFlagsFromString('--max-old-space-size=8192');
const kept = []; for (;;) kept.push(new Array(1000).fill({}));`,
      { limits: { memoryBytes: 64 * MEGABYTE }, verdict: 'MEMORY_LIMIT' },
    ),
    javascript(
      'kills everything',
      "process.on('SIGTERM', () => {}); process.kill(-1, 'SIGKILL'); setInterval(() => {}, 1000);",
      { verdict: ['SUCCEEDED', 'FAILED'] },
    ),
    javascript(
      'opens the inspector',
      `const inspector = require('inspector'); inspector.open(0); process.kill(process.pid, 'SIGUSR1');
setTimeout(() => console.log(inspector.url()), 200);`,
      { stdout: 'undefined\n' },
    ),
    javascript(
      'looks for the marker of the report',
      `const session = new (require('inspector').Session)(); session.connect();
session.post('Runtime.evaluate', { expression: 'process.exit(7)' });`,
      { verdict: 'FAILED', exitCode: 7, error: 'Exited with code 7' },
    ),
    javascript(
      'reaches for the internals',
      `const fs = process.binding('fs'); console.log(typeof fs.open);
try { console.log(require('internal/bootstrap/realm')); } catch (e) { console.log(e.code); }
const { spawnSync } = require('child_process');
console.log(spawnSync(process.execPath, ['-p', 'require("fs").readFileSync(${host})'], { env: { NODE_OPTIONS: '--expose-internals' } }).status);`,
      { stdout: /^function\nMODULE_NOT_FOUND\n[1-9]\n$/ },
    ),
    javascript(
      'builds a snapshot',
      `const { spawnSync } = require('child_process');
require('fs').writeFileSync('entry.js', '');
const { status } = spawnSync(process.execPath, ['--snapshot-blob', '/usr/bin/snapshot', '--build-snapshot', 'entry.js']);
console.log(status === 0, require('fs').existsSync('/usr/bin/snapshot'));`,
      { stdout: /^(true|false) false\n$/ },
    ),
    javascript('an uncaught error', 'function f() {\n  throw new TypeError("bad");\n}\nf();', {
      verdict: 'FAILED',
      exitCode: 1,
      error: 'TypeError: bad',
      stderr:
        /^\/tmp\/main\.js:2\n {2}throw new TypeError\("bad"\);\n {2}\^\n\nTypeError: bad\n {4}at f \(\/tmp\/main\.js:2:9\)\n {4}at Object\.<anonymous> \(\/tmp\/main\.js:4:1\)\n/,
    }),
    typescript(
      'an uncaught error',
      'interface A {\n  a: number;\n}\nconst f = (x: A): never => {\n  throw new RangeError("far");\n};\nf({ a: 1 });',
      {
        verdict: 'FAILED',
        error: 'RangeError: far',
        stderr:
          /^\/tmp\/main\.ts:5\n.*\n.*\n+RangeError: far\n {4}at f \(\/tmp\/main\.ts:5:9\)\n {4}at Object\.<anonymous> \(\/tmp\/main\.ts:7:1\)\n/,
      },
    ),
    javascript('an export that is not there', 'import { none } from "fs"; console.log(none);', {
      verdict: 'COMPILE_ERROR',
      error: "SyntaxError: The requested module 'fs' does not provide an export named 'none'",
    }),
    javascript(
      'a syntax error in a file of its own',
      'require("fs").writeFileSync("x.js", "const a = ;"); require("./x.js");',
      { verdict: 'FAILED', error: /^SyntaxError/ },
    ),
    javascript('an exit code that looks like a signal', 'process.exit(137)', {
      verdict: 'FAILED',
      exitCode: 137,
      error: 'Exited with code 137',
    }),
    javascript(
      'a rejection that it handles',
      "process.on('unhandledRejection', (error) => console.log('caught', error.message)); Promise.reject(new Error('x'));",
      { stdout: 'caught x\n' },
    ),
    javascript(
      'a character in pieces',
      `const { writeSync } = require('fs');
const bytes = new TextEncoder().encode('\u{1f600}');
const next = (n) => { if (n < 4) { writeSync(1, bytes, n, 1); setTimeout(next, 20, n + 1); } };
next(0);`,
      { stdout: '\u{1f600}' },
    ),
    javascript(
      'opens its standard streams by name',
      `const fs = require('fs'); fs.writeFileSync('/dev/stdout', fs.readFileSync('/dev/stdin', 'utf8'));`,
      { stdin: 'typed', stdout: 'typed' },
    ),
    typescript(
      'what TypeScript had before the standard',
      `import fs = require('fs');
function log(target: object, propertyKey: string, descriptor: PropertyDescriptor) { console.log(propertyKey, typeof descriptor.value); }
class Logged { @log method() { return fs.existsSync(__filename); } }
console.log(new Logged().method());
export = Logged;`,
      { stdout: 'method function\ntrue\n' },
    ),
    typescript('overflows the stack of the compiler', `let a = ${'('.repeat(200_000)}1;`, {
      verdict: ['FAILED', 'COMPILE_ERROR'],
    }),
    typescript(
      'decorators of fields, before the standard',
      `function required(target: any, key: string) { console.log('required', key); }
class User { @required name = 'Ann'; }
console.log(new User());`,
      { stdout: "required name\nUser { name: 'Ann' }\n" },
    ),
    typescript(
      'decorators of the standard',
      `function bound(value: Function, { name, addInitializer }: any) {
  addInitializer(function (this: any) { this[name] = this[name].bind(this); });
}
class Counter { count = 1; @bound get() { return this.count; } }
const { get } = new Counter(); console.log(get());`,
      { stdout: '1\n' },
    ),
    typescript(
      'a module that awaits at its top level',
      `import { basename } from 'node:path';
import fs = require('fs');
{ using left = { [Symbol.dispose]() { console.log('disposed'); } }; }
console.log(await Promise.resolve(1), basename(import.meta.url), typeof fs.readFileSync);`,
      { stdout: 'disposed\n1 main.js function\n' },
    ),
  ];
}

/** Many processes also take much memory, which may be seen first. */
const BOMBED = ['PROCESS_LIMIT', 'MEMORY_LIMIT', 'FAILED', 'TIMED_OUT'] as const;

function tryAll(attempts: readonly string[]): string {
  return `const fs = require('fs');
for (const attempt of [${attempts.map((attempt) => `() => ${attempt}`).join(', ')}]) {
  try { console.log('reached', attempt()); } catch { console.log('refused'); }
}`;
}
