// Runs in Node: checks the types of one TypeScript program with tsc, and does not run it. The arguments are the path of
// tsc and its own arguments.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const { meansLegacyDecorators } = require('./decorators.cjs');
const { reporter } = require('./failures.cjs');
const { announceStart, receiveProgram } = require('./protocol.cjs');

const [tsc, ...args] = process.argv.slice(2);
const { marker, code } = receiveProgram();
fs.writeFileSync('main.ts', code);
if (meansLegacyDecorators(`${code}`)) args.push('--experimentalDecorators');
announceStart();
const { status, signal, stdout, stderr } = spawnSync(tsc, args, {
  stdio: ['ignore', 'pipe', 'pipe'],
  encoding: 'utf8',
  // The sandbox limits the memory and the output.
  maxBuffer: Number.POSITIVE_INFINITY,
});
if (status !== 0) fail();

function fail() {
  const report = reporter(marker);
  // tsc prints errors of types to stdout. It prints to stderr only when it crashes.
  if (stdout !== '') {
    fs.writeFileSync(2, stdout);
    report('syntax', stdout.trimEnd());
  } else {
    const reason = stderr.split('\n', 1)[0] || `signal ${signal}`;
    report(/out of memory/.test(stderr) ? 'memory' : 'error', `The types could not be checked: ${reason}`);
  }
  process.exit(1);
}
