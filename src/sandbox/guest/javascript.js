// Runs one JavaScript or TypeScript program. It has no permission of its own to lend.
import { inspect, installConsole } from './console.js';
import { loadNode, processInUse, provideNode } from './node.js';
import { announceStart, leave, receiveProgram, writeText } from './protocol.js';

// As a path: frames show it with and without `file://`.
const GUEST_FOLDER = new URL('.', import.meta.url).pathname;
const { createObjectURL } = URL;
const { compileFunction } = Deno[Deno.internal].core;
const defer = queueMicrotask;

const MEDIA_TYPE = { javascript: 'text/javascript', typescript: 'application/typescript' };
const FILE_NAME = { javascript: 'main.js', typescript: 'main.ts' };

const { language, mark, ...program } = await receiveProgram(loadNode);
const code = new TextDecoder('utf-8', { ignoreBOM: true }).decode(program.code);
const fileName = FILE_NAME[language];
const programUrl = createObjectURL(new Blob([code], { type: MEDIA_TYPE[language] }));
installConsole(code);
provideNode(code, fileName);
hideHost();
catchUncaught();
announceStart();
const script = language === 'javascript' ? compileScript() : null;
if (!script) runModule();
// As Node does, so that the first tick comes before the first promise.
else if (processInUse()) processInUse().nextTick(runScript, script);
else runScript(script);

function hideHost() {
  Object.defineProperties(Deno, {
    mainModule: { value: `file:///${fileName}`, enumerable: true },
    execPath: { value: () => '/usr/bin/deno', enumerable: true },
    args: { value: [], enumerable: true },
  });
  delete Deno[Deno.internal];
  // Both would keep their data in a folder that does not exist.
  delete globalThis.localStorage;
  delete Navigator.prototype.gpu;
  delete globalThis.caches;
  const describe = Error.prototype.toString;
  Error.prepareStackTrace = (error, frames) => {
    let stack = describe.call(error);
    for (const frame of frames) {
      const line = `${frame}`;
      if (!line.includes(GUEST_FOLDER) && !line.includes('ext:')) stack += `\n    at ${named(line)}`;
    }
    return stack;
  };
}

function named(text) {
  return text.replaceAll(programUrl, fileName);
}

function catchUncaught() {
  const handle = (event, thrown, nodeEvent) => {
    if (processInUse()?.listenerCount(nodeEvent) > 0) return;
    // The program may yet handle it with a listener of its own, which is called after this one.
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

/** The program as a script, which is what a program means that is no module, or null. */
function compileScript() {
  // `await (x)` is a call in a script, and `import()` finds its modules only from a module.
  if (/\bimport\s*[(.]|\bawait\b\s*[([`+\-/]/.test(withoutProse(code))) return null;
  const [script] = compileFunction(code, programUrl, undefined, []);
  return script ?? null;
}

/** The code without what is in its comments and strings; near enough to tell what kind of program it is. */
function withoutProse(text) {
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
  // A module that is imported before the program runs once the whole program has compiled.
  const signal = `started ${mark}`;
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
  const text = named(`${error.message}`).replace(/ at (main\.[jt]s:\d+:\d+)$/, '\n    at $1');
  const isSyntax = error.name === 'SyntaxError' || text.startsWith('SyntaxError: ');
  const message = text.startsWith('SyntaxError: ') ? text : `${error.name}: ${text}`;
  writeText('stderr', `${message}\n`);
  leave(mark, 1, { kind: isSyntax ? 'syntax' : 'error', message: message.split('\n', 1)[0] });
}

function fail(thrown) {
  let text = 'Uncaught exception';
  let message = text;
  let kind = 'error';
  try {
    const isError = thrown instanceof Error;
    text = isError ? inspect(thrown) : `Uncaught ${inspect(thrown)}`;
    message = isError ? `${thrown.name}: ${thrown.message}` : text;
    // Buffers and WebAssembly lie beside the heap, whose end would end the process.
    if (thrown instanceof RangeError && /allocation failed|could not allocate/.test(message)) kind = 'memory';
  } catch {
    // The thrown value's own code threw; there is nothing better to say of it.
  }
  writeText('stderr', `${text}\n`);
  runExitHandlers();
  leave(mark, 1, { kind, message });
}

/** As Node does after an uncaught error. */
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
