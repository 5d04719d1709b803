// Describes the failure of a program in Node with an error report, as protocol.js explains. Node itself prints the
// error and exits.
'use strict';
const fs = require('node:fs');

const MAX_MESSAGE = 10_000;
/** Exit codes from here on look like those of a signal. */
const FIRST_SIGNAL_CODE = 129;

/** Returns a function that writes the error report. */
function reporter(marker) {
  return (kind, message) => fs.writeSync(2, `${marker}${kind} ${message.slice(0, MAX_MESSAGE)}${marker}`);
}

/** Reports uncaught errors that the program does not handle itself. */
function reportFailures(report) {
  process.on('uncaughtExceptionMonitor', (error) => {
    if (process.listenerCount('uncaughtException') === 0) report(kindOf(error), describe(error));
  });
  process.on('exit', (code) => {
    if (code >= FIRST_SIGNAL_CODE) report('exit', `${code}`);
  });
}

function kindOf(error) {
  try {
    // Buffers and WebAssembly memory are outside V8's heap: V8 throws when they cannot be allocated.
    if (error instanceof RangeError && /allocation failed|could not allocate/i.test(error.message))
      return 'memory';
    return error instanceof SyntaxError && isThrownByLoader(error) ? 'syntax' : 'error';
  } catch {
    return 'error';
  }
}

/** Whether the error comes from Node's module loader, with no code of the program below it. */
function isThrownByLoader({ stack }) {
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '));
  return /node:(internal\/|vm:)/.test(frames[0]) && !frames.some((frame) => /main\.[jt]s/.test(frame));
}

/** Returns the class and the message of an error: `TypeError: bad`. */
function describe(error) {
  try {
    if (!(error instanceof Error)) return `Uncaught ${require('node:util').inspect(error)}`;
    const name = error.name === 'Error' ? error.constructor.name || 'Error' : error.name;
    return error.message ? `${name}: ${error.message}` : name;
  } catch {
    // Inspecting the thrown value ran code of the program, which threw.
    return 'Uncaught exception';
  }
}

module.exports = { reporter, reportFailures };
