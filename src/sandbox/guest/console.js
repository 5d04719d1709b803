import { Console } from 'node:console';
import { writeText } from './protocol.js';

/** Puts a console in place that prints as Node does, and at once. */
export function installConsole() {
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
  Object.defineProperty(globalThis, 'console', { value: console, writable: true, configurable: true });
  // Its first use lets promises settle, which must not happen in the middle of a program.
  console.log({});
  write = writeText;
}
