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
/** How the program ended: its exit code and its error report. Null while it runs. */
let ending = null;
const namespace = pyodide.toPy({ __name__: 'runner' });
namespace.set('limit_stack', limitStack);
for (const source of sources) pyodide.runPython(source, { globals: namespace });
const [open, run, finish] = ['open_outputs', 'run', 'finish_run'].map((name) => namespace.get(name));
Object.defineProperty(Deno, 'args', { value: [] });
Object.defineProperty(Deno, 'mainModule', { value: 'file:///main.py' });
Object.defineProperty(Deno, 'execPath', { value: () => '/usr/bin/deno' });
delete Deno[Deno.internal];

const { code, marker } = await receiveProgram(warmUp);
const source = toBytes(code);
open(source);
announceStart();
try {
  // callPromising allows asyncio.run to wait for promises.
  const [exitCode, kind, message] = await run.callPromising(source);
  ending = [exitCode, kind ? { kind, message } : null];
  await finish.callPromising();
  exitWithReport(marker, ...ending);
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

/** Sets how many bytes of the C stack Python may use before it raises a RecursionError. */
function limitStack(bytes) {
  const { _module: wasm } = pyodide;
  const start = wasm._emscripten_stack_get_base() - bytes;
  wasm._PyUnstable_ThreadState_SetStackProtection(wasm._PyThreadState_Get(), start, bytes);
}

/** Returns the line of the program that runs, or 0 when its innermost frame is not known. */
function programLine() {
  const { _module: wasm } = pyodide;
  try {
    const globals = wasm._PyModule_GetDict(wasm._PyImport_AddModule(wasm.stringToNewUTF8('__main__')));
    let frame = wasm._PyThreadState_GetFrame(wasm._PyThreadState_Get());
    while (frame && wasm._PyFrame_GetGlobals(frame) !== globals) frame = wasm._PyFrame_GetBack(frame);
    return frame && wasm._PyFrame_GetLineNumber(frame);
  } catch {
    // The interpreter is too broken to ask.
    return 0;
  }
}

/** Handles the end of the interpreter itself: os._exit, os.abort, an exhausted stack or memory of WebAssembly. */
function die(error) {
  if (typeof error?.status === 'number') exitWithReport(marker, error.status, null);
  if (ending) exitWithReport(marker, ...ending);
  const line = programLine();
  const message = `Fatal Python error: ${error?.message}${line ? ` (main.py, line ${line})` : ''}`;
  writeText('stderr', `${message}\n`);
  exitWithReport(marker, 1, { kind: 'error', message });
}
