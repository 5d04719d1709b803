// Runs one Python program in Pyodide. The read permission is needed to load Pyodide and is revoked after that.
import { announceStart, exitWithReport, receiveProgram, writeText } from './protocol.js';
import { load } from './pyodide.js';

const { stdin, stdout, stderr } = Deno;
const [, snapshot, ...scripts] = Deno.args.filter((arg) => arg !== 'wait');
const pyodide = await load({ _loadSnapshot: Deno.readFileSync(snapshot) });
const sources = scripts.map((script) => Deno.readTextFileSync(script));
await Deno.permissions.revoke({ name: 'read' });

pyodide.setStdin({ read: (buffer) => stdin.readSync(buffer) ?? 0 });
pyodide.setStdout({ write: (buffer) => stdout.writeSync(buffer) });
pyodide.setStderr({ write: (buffer) => stderr.writeSync(buffer) });
pyodide._api.fatal_error = die;
const namespace = pyodide.toPy({ __name__: 'runner' });
for (const source of sources) pyodide.runPython(source, { globals: namespace });
const run = namespace.get('run');
Object.defineProperty(Deno, 'args', { value: [] });
Object.defineProperty(Deno, 'mainModule', { value: 'file:///main.py' });
Object.defineProperty(Deno, 'execPath', { value: () => '/usr/bin/deno' });
delete Deno[Deno.internal];

const { code, marker } = await receiveProgram(warmUp);
const source = toBytes(code);
announceStart();
try {
  // callPromising allows asyncio.run to wait for promises.
  const [exitCode, kind, message] = await run.callPromising(source);
  exitWithReport(marker, exitCode, kind ? { kind, message } : null);
} catch (error) {
  die(error);
}

function toBytes(bytes) {
  return pyodide.toPy(bytes).tobytes();
}

/** Runs a small program, because WebAssembly compiles functions at their first call. */
function warmUp() {
  const program = new TextEncoder().encode('print(input)\nclass A: pass\n[x for x in (1, 2)]');
  namespace.get('warm_up').callPromising(toBytes(program));
}

/** Handles the end of the interpreter itself: os._exit, os.abort, an exhausted stack or memory of WebAssembly. */
function die(error) {
  if (typeof error?.status === 'number') exitWithReport(marker, error.status, null);
  const message = `Fatal Python error: ${error?.message}`;
  writeText('stderr', `${message}\n`);
  exitWithReport(marker, 1, { kind: 'error', message });
}
