// Runs in Node before main.js: receives the program and writes it to main.js, which Node then starts as it starts any
// file. Implements the protocol of protocol.js.
'use strict';
const fs = require('node:fs');
const { reporter, reportFailures } = require('./failures.cjs');
const { announceStart, receiveProgram } = require('./protocol.cjs');

// Node preloads this file in every worker too. Only the main thread has this argument.
if (process.argv[2] === 'program') main(process.argv.splice(2).includes('wait'));

function main(waits) {
  blockOnOutput('stdout');
  blockOnOutput('stderr');
  if (waits) preload();
  const { language, marker, code } = receiveProgram();
  const compile = language === 'typescript' ? loadCompiler() : null;
  const report = reporter(marker);
  hideFromProgram();
  reportFailures(report);
  fs.writeFileSync('main.js', code);
  if (code.includes('/dev/std')) openStandardStreams();
  collectEarly();
  announceStart();
  // After the start, so that the limits hold while it compiles.
  if (compile) compileMain(`${code}`, compile, report);
}

/** Makes writes to a standard stream synchronous, so that `process.exit` loses no output. Loads the stream late. */
function blockOnOutput(name) {
  const stream = Object.getOwnPropertyDescriptor(process, name);
  Object.defineProperty(process, name, {
    ...stream,
    get() {
      Object.defineProperty(process, name, stream);
      process[name]._handle.setBlocking(true);
      return process[name];
    },
  });
}

/** Loads what many programs use. */
function preload() {
  for (const name of ['assert', 'crypto', 'readline', 'util', 'v8']) require(`node:${name}`);
  for (const name of ['stdout', 'stderr']) Reflect.get(process, name);
  runFirstTypeScript();
}

/** Compiles and runs a program with a source map. The first one takes some milliseconds longer than others. */
function runFirstTypeScript() {
  const Module = require('node:module');
  process.setSourceMapsEnabled(true);
  new Module('first')._compile(loadCompiler()('const first: number = 1;'), '/first.js');
  process.setSourceMapsEnabled(false);
}

function loadCompiler() {
  return require('./typescript.cjs').compile;
}

/** Removes what would show these files or load them in a child process. */
function hideFromProgram() {
  // This also replaces the arguments that `ps` shows.
  process.title = 'node';
  process.execArgv = [];
  for (const file of Object.keys(require.cache)) delete require.cache[file];
}

/**
 * Makes V8 collect garbage when a third more than what is alive has piled up, not up to four times as much: garbage
 * counts as memory of the program. A flag on the command line would cost 5 ms, because V8 then rejects the cached code
 * of Node's modules. For the same reason the modules of stdout load before.
 */
function collectEarly() {
  Reflect.get(process, 'stdout');
  require('node:v8').setFlagsFromString('--heap-growing-percent=30');
}

/** Moves the program to main.ts and writes the compiled one to main.js. */
function compileMain(source, compile, report) {
  fs.renameSync('main.js', 'main.ts');
  try {
    fs.writeFileSync('main.js', compile(source));
    process.setSourceMapsEnabled(true);
    process.on('uncaughtExceptionMonitor', (error) => require('./source-position.cjs').pointToSource(error));
  } catch (error) {
    fs.writeSync(2, `${error.stack}\n`);
    report('syntax', `${error}`);
    process.exit(1);
  }
}

/** Makes functions of `fs` accept the names of the standard streams. They are sockets, which no name opens. */
function openStandardStreams() {
  const numbers = { '/dev/stdin': 0, '/dev/stdout': 1, '/dev/stderr': 2 };
  for (const name of [
    'readFileSync',
    'readFile',
    'writeFileSync',
    'writeFile',
    'appendFileSync',
    'openSync',
  ]) {
    const plain = fs[name];
    fs[name] = (file, ...others) => plain(numbers[file] ?? file, ...others);
  }
  const { createReadStream } = fs;
  fs.createReadStream = (file, options) =>
    createReadStream(file, file === '/dev/stdin' ? { ...Object(options), fd: 0 } : options);
}
