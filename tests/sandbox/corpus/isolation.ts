import type { CorpusCase } from '../support/corpus-case.ts';

/** Programs that reach for the host. `file` and `port` are the canaries that they must not reach. */
export function isolation(file: string, port: number): CorpusCase[] {
  const refused = (
    name: string,
    code: string,
    language: 'javascript' | 'typescript' = 'javascript',
  ): CorpusCase => ({
    name,
    language,
    code: `try { ${code} } catch (e) { console.log('refused', e.message) }`,
    verdict: 'SUCCEEDED',
    stdout: /^refused/,
    // Only Deno has `Deno`, and these globals of browsers.
    ...(/\bDeno\b|WebSocket|localStorage|process\.binding/.test(code) && { kind: 'embedded' }),
  });
  const failed = (
    name: string,
    code: string,
    language: CorpusCase['language'] = 'javascript',
  ): CorpusCase => ({
    name,
    language,
    code,
    verdict: 'FAILED',
    stdout: '',
  });
  const host = JSON.stringify(file);
  const url = JSON.stringify(`file://${file}`);
  return [
    refused('reads a file', `console.log(require('fs').readFileSync(${host}, 'utf8'))`),
    refused('reads a file', `console.log(Deno.readTextFileSync(${host}))`, 'typescript'),
    refused('writes a file', `require('fs').writeFileSync(${host}, 'changed')`),
    refused('lists a folder', `console.log([...Deno.readDirSync('.')])`),
    refused('writes into its own folder', `Deno.writeTextFileSync('left', 'x')`),
    refused(
      'imports a file as text',
      `console.log((await import(${url}, { with: { type: 'text' } })).default)`,
    ),
    refused(
      'imports a file as JSON',
      `console.log((await import(${url}, { with: { type: 'json' } })).default)`,
    ),
    refused('fetches a file', `console.log(await (await fetch(${url})).text())`),
    refused('requires a file', `console.log(require('module').createRequire('file:///')(${host}))`),
    failed(
      'imports a file as text, statically',
      `import t from ${url} with { type: 'text' }; console.log(t)`,
    ),
    failed(
      'imports a file as text, from a data module',
      `import 'data:text/javascript,import t from ${JSON.stringify(`file://${file}`).replaceAll('"', '%22')} with {type:%22text%22}; console.log(t)'`,
    ),
    refused('reads /proc', `console.log(Deno.readTextFileSync('/proc/self/environ'))`),
    {
      name: 'reads the environment',
      language: 'javascript',
      kind: 'embedded',
      code: `console.log(process.env.CANARY, process.env.PATH, { ...process.env }, { ...Deno.env.toObject() }, Deno.env.get('CANARY'));`,
      verdict: 'SUCCEEDED',
      stdout: 'undefined undefined {} {} undefined\n',
    },
    refused('dials out by TCP', `await Deno.connect({ hostname: '127.0.0.1', port: ${port} })`),
    refused('dials out by UDP', `Deno.listenDatagram({ transport: 'udp', port: 0 })`),
    refused('listens', `Deno.listen({ port: 0 })`),
    refused('resolves a name', `await Deno.resolveDns('example.com', 'A')`),
    refused('fetches from loopback', `await fetch('http://127.0.0.1:${port}/')`),
    refused('fetches from a metadata address', `await fetch('http://169.254.169.254/')`),
    refused('fetches over IPv6', `await fetch('http://[::1]:${port}/')`),
    failed("dials out with Node's socket", `require('net').connect(${port}, '127.0.0.1')`),
    refused('opens a WebSocket', `new WebSocket('ws://127.0.0.1:${port}/')`),
    failed('imports over npm', `import chalk from 'npm:chalk'; console.log(chalk)`),
    failed('imports over jsr', `import * as path from 'jsr:@std/path'; console.log(path)`),
    failed('imports over https', `import 'https://deno.land/std/version.ts'`),
    refused('imports over npm, later', `await import('npm:' + 'chalk')`),
    refused('starts a command', `new Deno.Command('/bin/sh').outputSync()`),
    refused('starts a child', `console.log(require('child_process').execSync('id').toString())`),
    refused('opens a library', `Deno.dlopen('libc.so.6', {})`),
    refused('loads an addon', `process.dlopen({ exports: {} }, '/tmp/addon.node')`),
    refused('asks for a binding', `process.binding('fs').open(${host}, 0, 0)`),
    refused('kills its parent', `Deno.kill(Deno.ppid, 'SIGKILL')`),
    refused('asks for the host', `console.log(Deno.hostname())`),
    refused('opens the database of a run', `localStorage.setItem('a', 'b')`),
    {
      name: 'asks for a graphics card',
      language: 'javascript',
      kind: 'embedded',
      code: `const source = 'navigator.gpu ? navigator.gpu.requestAdapter().then((a) => postMessage(String(a))) : postMessage("null")';
const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), { type: 'module' });
worker.onmessage = ({ data }) => { console.log(navigator.gpu, data); worker.terminate(); };`,
      verdict: 'SUCCEEDED',
      stdout: 'undefined null\n',
    },
    {
      name: 'lets SQLite write a file',
      language: 'javascript',
      kind: 'embedded',
      code: `const { DatabaseSync } = require('node:sqlite');
const db = new DatabaseSync(':memory:');
db.exec("PRAGMA temp_store=1; PRAGMA temp_store_directory='/var/tmp'; CREATE TEMP TABLE t (b BLOB)");
for (let i = 0; i < 20; i++) db.exec('INSERT INTO t VALUES (zeroblob(1000000))');
console.log('wrote');`,
      verdict: 'FAILED',
      stdout: '',
    },
    {
      name: 'asks for a permission',
      language: 'typescript',
      kind: 'embedded',
      code: `for (const name of ['read', 'write', 'net', 'env', 'run', 'sys', 'ffi', 'import'] as const)
  console.log(name, (await Deno.permissions.request({ name })).state);`,
      verdict: 'SUCCEEDED',
      stdout: /^(\w+ denied\n){8}$/,
    },
    {
      name: 'a worker asks for more',
      language: 'javascript',
      kind: 'embedded',
      code: `const source = \`try { postMessage(Deno.readTextFileSync('${file}')) } catch (e) { postMessage('refused') }\`;
const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
try {
  const worker = new Worker(url, { type: 'module' });
  worker.onmessage = (event) => { console.log(event.data); worker.terminate(); };
  worker.onerror = (event) => { event.preventDefault(); console.log('refused'); };
} catch { console.log('refused'); }`,
      verdict: 'SUCCEEDED',
      stdout: 'refused\n',
    },
    {
      ...failed(
        'gives a worker permissions',
        `new Worker('data:text/javascript,', { type: 'module', deno: { permissions: { read: true } } })`,
      ),
      kind: 'embedded',
    },
    {
      name: 'looks for paths of the host',
      language: 'javascript',
      kind: 'embedded',
      code: `console.log(JSON.stringify([process.argv, process.argv0, process.execPath, process.title, process.execArgv, __filename,
  Deno.mainModule, Deno.execPath(), Deno.args, new Error().stack, Object.keys(Deno[Deno.internal] ?? {})]));`,
      verdict: 'SUCCEEDED',
      stdout: /^(?!.*(node_modules|guest|blob:)).*\n$/,
    },
    {
      name: 'looks for paths of the host',
      language: 'typescript',
      kind: 'embedded',
      code: `import process from 'node:process'; import { argv } from 'process';
console.log(JSON.stringify([process.argv, argv, process.execPath, import.meta.filename, Deno.mainModule]));`,
      verdict: 'SUCCEEDED',
      stdout: /^(?!.*(node_modules|guest)).*\n$/,
    },
    refusedInPython('reads files', [
      `open(${host})`,
      'open("/etc/passwd")',
      `__import__("os").stat(${host})`,
    ]),
    refusedInPython('starts processes and threads', [
      'os.fork()',
      'subprocess.run(["id"])',
      'threading.Thread(target=print).start()',
      'multiprocessing.Process(target=print).start()',
    ]),
    refusedInPython('dials out', [
      `socket.create_connection(("127.0.0.1", ${port}), timeout=1)`,
      `urllib.request.urlopen("http://127.0.0.1:${port}/")`,
      `pyodide.http.open_url("http://127.0.0.1:${port}/")`,
      `pyodide.ffi.run_sync(host.fetch("http://127.0.0.1:${port}/"))`,
    ]),
    refusedInPython('reaches through JavaScript', [
      `host.Deno.readTextFileSync(${host})`,
      `host.Deno.readTextFileSync(pyodide_js._api.config.indexURL + "/pyodide.mjs")`,
      `host.Deno.writeTextFileSync(pyodide_js._api.config.indexURL + "/../snapshots/snapshot", "x")`,
      `host.Deno.Command.new("id").outputSync()`,
      `host.Deno.env.toObject()`,
      `js.fetch("file:///etc/passwd")`,
      `pyodide_js.FS.mount(pyodide_js.FS.filesystems.NODEFS, {"root": "/"}, "/tmp")`,
    ]),
    failed('loads a package over the network', 'import micropip', 'python'),
    {
      name: 'reads the environment',
      language: 'python',
      kind: 'embedded',
      code: 'import os\nprint(sorted(os.environ))',
      verdict: 'SUCCEEDED',
      stdout: "['HOME', 'LANG', 'PATH']\n",
    },
    {
      name: 'reaches with ctypes',
      language: 'python',
      kind: 'embedded',
      code: 'import ctypes\nprint(ctypes.CDLL(None).system(b"id"))',
      verdict: 'FAILED',
      stdout: '',
    },
  ];
}

function refusedInPython(name: string, attempts: readonly string[]): CorpusCase {
  const code = `import multiprocessing, os, socket, subprocess, threading, urllib.request
import js, pyodide.ffi, pyodide.http, pyodide_js
host = pyodide_js.constructor.constructor("return globalThis")()
attempts = [${attempts.map((attempt) => `lambda: ${attempt}`).join(', ')}]
for number, attempt in enumerate(attempts):
    try: print("reached", number, attempt())
    except BaseException as error: print("refused")`;
  return {
    name,
    language: 'python',
    kind: 'embedded',
    code,
    verdict: 'SUCCEEDED',
    stdout: 'refused\n'.repeat(attempts.length),
  };
}
