// Runs one Python program. Read access is for loading alone and given back before the program arrives.
import { announceStart, leave, receiveProgram, writeText } from './protocol.js';
import { load } from './pyodide.js';

const { stdin, stdout, stderr } = Deno;
const encoder = new TextEncoder();
const [, runner, snapshot] = Deno.args;
const pyodide = await load({ _loadSnapshot: Deno.readFileSync(snapshot) });
const runnerSource = Deno.readTextFileSync(runner);
await Deno.permissions.revoke({ name: 'read' });

pyodide.setStdin({ read: (buffer) => stdin.readSync(buffer) ?? 0 });
pyodide.setStdout({ write: (buffer) => stdout.writeSync(buffer) });
pyodide.setStderr({ write: (buffer) => stderr.writeSync(buffer) });
pyodide._api.fatal_error = die;
const namespace = pyodide.toPy({ __name__: 'runner' });
pyodide.runPython(runnerSource, { globals: namespace });
const execute = namespace.get('execute');
Object.defineProperty(Deno, 'args', { value: [] });
Object.defineProperty(Deno, 'mainModule', { value: 'file:///main.py' });
Object.defineProperty(Deno, 'execPath', { value: () => '/usr/bin/deno' });
delete Deno[Deno.internal];

const { code, mark } = await receiveProgram(warmUp);
const source = toBytes(code);
announceStart();
try {
  // Promising, so that asyncio.run can wait.
  const [exitCode, kind, message] = await execute.callPromising(source);
  leave(mark, exitCode, kind ? { kind, message } : null);
} catch (error) {
  die(error);
}

function toBytes(text) {
  return pyodide.toPy(encoder.encode(text)).tobytes();
}

function warmUp() {
  namespace.get('warm_up').callPromising(toBytes('print(input)\nclass A: pass\n[x for x in (1, 2)]'));
}

/** For what ends the interpreter itself: os._exit, os.abort, the end of WebAssembly's stack or memory. */
function die(error) {
  if (typeof error?.status === 'number') leave(mark, error.status, null);
  const message = `Fatal Python error: ${error?.message}`;
  writeText('stderr', `${message}\n`);
  leave(mark, 1, { kind: 'error', message });
}
