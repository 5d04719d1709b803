// A console that prints synchronously and in Node's format. With these options Deno's formatter prints as Node's
// does. It needs no loading.
import { writeText } from './protocol.js';

const { inspectArgs } = Deno[Deno.internal];
const NODE = {
  quotes: ["'", '"', '`'],
  depth: 2,
  iterableLimit: 100,
  strAbbreviateSize: Infinity,
  compact: 3,
};

/** Methods without state, and the stream that they write to. */
const SIMPLE = { log: 'stdout', info: 'stdout', debug: 'stdout', error: 'stderr', warn: 'stderr' };
const OTHER_METHOD = `\\bconsole\\b(?!\\s*\\.\\s*(?:${Object.keys(SIMPLE).join('|')})\\b)`;
const PLACEHOLDER = '%[sdifjoOc]';

/** A program that uses other methods or format placeholders gets Node's console. */
const NEEDS_NODE = new RegExp(`${OTHER_METHOD}|${PLACEHOLDER}`);

/** Formats a value as Node's `util.inspect` does. */
export function inspect(value) {
  return inspectArgs([value], NODE);
}

/** Installs the console that the program needs. */
export function installConsole(code) {
  const console = NEEDS_NODE.test(code) ? nodeConsole() : simpleConsole();
  Object.defineProperty(globalThis, 'console', { value: console, writable: true, configurable: true });
}

function simpleConsole() {
  const console = {};
  for (const [name, stream] of Object.entries(SIMPLE)) {
    console[name] = (...args) => writeText(stream, `${inspectArgs(args, NODE)}\n`);
  }
  return console;
}

/** Creates Node's console. Loading it takes longer than most programs run. */
function nodeConsole() {
  const { Console } = globalThis.process.getBuiltinModule('console');
  let write = () => {};
  const sink = (stream) => ({
    write: (text) => write(stream, text),
    on() {},
    once() {},
    removeListener() {},
    listenerCount: () => 0,
  });
  const console = new Console({ stdout: sink('stdout'), stderr: sink('stderr') });
  console.Console = Console;
  // The first call runs microtasks. That must not happen while the program runs.
  console.log({});
  write = writeText;
  return console;
}
