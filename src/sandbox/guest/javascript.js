// Runs one JavaScript or TypeScript program. This process has no permissions that the program could use.
import { inspect, installConsole } from './console.js';
import { loadNode, processInUse, provideNode } from './node.js';
import { announceStart, exitWithReport, receiveProgram, writeText } from './protocol.js';

// A path, not a URL: stack frames show it with and without `file://`.
const GUEST_FOLDER = new URL('.', import.meta.url).pathname;
const { createObjectURL } = URL;
const { compileFunction } = Deno[Deno.internal].core;
const defer = queueMicrotask;

const MEDIA_TYPE = { javascript: 'text/javascript', typescript: 'application/typescript' };
const FILE_NAME = { javascript: 'main.js', typescript: 'main.ts' };

const { language, marker, ...program } = await receiveProgram(loadNode);
const code = new TextDecoder('utf-8', { ignoreBOM: true }).decode(program.code);
const fileName = FILE_NAME[language];
const programUrl = createObjectURL(new Blob([withOwnUrl(code)], { type: MEDIA_TYPE[language] }));
installConsole(code);
provideNode(code, fileName);
hideHost();
catchUncaught();
announceStart();
const script = language === 'javascript' ? compileScript() : null;
if (!script) runModule();
// Node also runs the script in a tick: its first `nextTick` callback runs before its first promise callback.
else if (processInUse()) processInUse().nextTick(runScript, script);
else runScript(script);

/** Replaces everything that would show a path of the host or the guest. */
function hideHost() {
  Object.defineProperties(Deno, {
    mainModule: { value: `file:///${fileName}`, enumerable: true },
    execPath: { value: () => '/usr/bin/deno', enumerable: true },
    args: { value: [], enumerable: true },
    test: { value: refuseTests, enumerable: true },
  });
  delete Deno[Deno.internal];
  // Storage and caches need DENO_DIR, which does not exist.
  delete globalThis.localStorage;
  delete Navigator.prototype.gpu;
  delete globalThis.caches;
  const describe = Error.prototype.toString;
  Error.prepareStackTrace = (error, frames) => {
    let stack = describe.call(error);
    for (const frame of frames) {
      const line = `${frame}`;
      if (!line.includes(GUEST_FOLDER) && !line.includes('ext:')) stack += `\n    at ${withFileName(line)}`;
    }
    return stack;
  };
}

function refuseTests() {
  throw new Error('Deno.test registers tests that nothing runs here');
}

/** Makes `import.meta` name main.js instead of a blob. Adds no line, so that stack traces keep their line numbers. */
function withOwnUrl(text) {
  if (!/\bimport\.meta\b/.test(text) || text.startsWith('#!')) return text;
  const meta = { url: `file:///${fileName}`, filename: `/${fileName}`, dirname: '/' };
  return `Object.assign(import.meta, ${JSON.stringify(meta)}); ${text}`;
}

/** Replaces the blob URL of the program by its file name. */
function withFileName(text) {
  return text.replaceAll(programUrl, fileName);
}

/** Reports uncaught errors that the program does not handle itself. */
function catchUncaught() {
  const handle = (event, thrown, nodeEvent) => {
    if (processInUse()?.listenerCount(nodeEvent) > 0) return;
    // A listener of the program, called after this one, may still handle the error.
    let handled = false;
    event.preventDefault();
    event.preventDefault = () => {
      handled = true;
    };
    defer(() => handled || fail(thrown));
  };
  addEventListener('error', (event) => handle(event, event.error, 'uncaughtException'));
  addEventListener('unhandledrejection', (event) => handle(event, event.reason, 'unhandledRejection'));
}

/** Compiles the program as a script. Returns null when it is a module or does not compile. */
function compileScript() {
  // A line that starts with such an `await` also compiles in a script, with another meaning. `import()` resolves
  // modules only in a module.
  if (/\bimport\s*[(.]|^await\b\s*[([`+\-/]/m.test(stripCommentsAndStrings(code))) return null;
  const [script] = compileFunction(code, programUrl, undefined, []);
  return script ?? null;
}

/** Removes comments and strings, not exactly, but well enough to recognize a module. */
function stripCommentsAndStrings(text) {
  return text.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\*[\s\S]*?\*\/|\/\/.*/g, ' ');
}

function runScript(script) {
  try {
    script.call(processInUse() ? globalThis.module.exports : {});
  } catch (error) {
    fail(error);
  }
}

function runModule() {
  let started = false;
  // The entry module imports `first` before the program. `first` runs only when the whole program has compiled.
  const signal = `started ${marker}`;
  globalThis[signal] = () => {
    delete globalThis[signal];
    started = true;
  };
  const blob = (source) => createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const first = blob(`globalThis[${JSON.stringify(signal)}]()`);
  const entry = blob(`import "${first}"; import "${programUrl}"`);
  import(entry).catch((error) => (started ? fail(error) : failToCompile(error)));
}

function failToCompile(error) {
  const text = withFileName(`${error.message}`).replace(/ at (main\.[jt]s:\d+:\d+)$/, '\n    at $1');
  const isSyntax = error.name === 'SyntaxError' || text.startsWith('SyntaxError: ');
  const message = text.startsWith('SyntaxError: ') ? text : `${error.name}: ${text}`;
  writeText('stderr', `${message}\n`);
  exitWithReport(marker, 1, { kind: isSyntax ? 'syntax' : 'error', message: message.split('\n', 1)[0] });
}

function fail(thrown) {
  let text = 'Uncaught exception';
  let message = text;
  let kind = 'error';
  try {
    const isError = thrown instanceof Error;
    text = isError ? inspect(thrown) : `Uncaught ${inspect(thrown)}`;
    message = isError ? `${nameOf(thrown)}: ${thrown.message}` : text;
    // Buffers and WebAssembly memory are outside V8's heap: V8 throws when they cannot be allocated.
    if (thrown instanceof RangeError && /allocation failed|could not allocate/.test(message)) kind = 'memory';
  } catch {
    // Inspecting the thrown value ran code of the program, which threw.
  }
  writeText('stderr', `${text}\n`);
  runExitHandlers();
  exitWithReport(marker, 1, { kind, message });
}

/** Returns the name of an error, or that of its class where it has no own one. */
function nameOf(error) {
  return error.name === 'Error' ? error.constructor.name || 'Error' : error.name;
}

/** Emits `exit`, as Node does after an uncaught error. */
function runExitHandlers() {
  const process = processInUse();
  if (!process) return;
  process.exitCode = 1;
  try {
    process.emit('exit', 1);
  } catch {
    // The program has failed already.
  }
}
