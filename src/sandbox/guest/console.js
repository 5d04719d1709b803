// A console that prints as Node's does, and at once. Deno's own formatting is Node's but for these options, and is
// there without loading anything.
import { writeText } from './protocol.js';

const { inspectArgs } = Deno[Deno.internal];
const NODE = {
  quotes: ["'", '"', '`'],
  depth: 2,
  iterableLimit: 100,
  strAbbreviateSize: Infinity,
  compact: 3,
};

/** Methods that need no state. */
const SIMPLE = { log: 'stdout', info: 'stdout', debug: 'stdout', error: 'stderr', warn: 'stderr' };
const OTHER_METHOD = `\\bconsole\\b(?!\\s*\\.\\s*(?:${Object.keys(SIMPLE).join('|')})\\b)`;
const PLACEHOLDER = '%[sdifjoOc]';

/** A program that does more than to print values gets Node's own. */
const NEEDS_NODE = new RegExp(`${OTHER_METHOD}|${PLACEHOLDER}`);

/** How Node shows a value. */
export function inspect(value) {
  return inspectArgs([value], NODE);
}

/** Puts the console in place that a program needs. */
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

/** Loads what takes longer to load than most programs to run. */
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
  // Its first use lets promises settle, which must not happen in the middle of a program.
  console.log({});
  write = writeText;
  return console;
}
