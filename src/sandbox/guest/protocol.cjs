// The protocol of protocol.js in Node, but for the error report, which failures.cjs writes.
'use strict';
const fs = require('node:fs');

const LINE_FEED = 10;

/** Receives the program; `code` is bytes. */
function receiveProgram() {
  const program = readExactly(readExactly(4).readUInt32BE());
  const end = program.indexOf(LINE_FEED);
  const [language, secret] = program.toString('utf8', 0, end).split(' ');
  return { language, marker: `\0${secret}\0`, code: program.subarray(end + 1) };
}

function readExactly(length) {
  const bytes = Buffer.alloc(length);
  for (let count = 0; count < length; ) {
    const read = fs.readSync(0, bytes, { offset: count });
    // The supervisor has died: stdin ended before a program arrived.
    if (read === 0) process.exit(0);
    count += read;
  }
  return bytes;
}

/** Tells the sandbox that the program starts now. */
function announceStart() {
  const announcement = Buffer.alloc(8);
  announcement.writeUInt32BE(countThreads(), 0);
  announcement.writeUInt32BE(process.memoryUsage.rss() / 1024, 4);
  fs.writeSync(1, announcement);
}

/** Reads field 20 of proc_pid_stat(5). The name of the process is `node`. */
function countThreads() {
  const file = fs.openSync('/proc/self/stat');
  const bytes = Buffer.alloc(256);
  fs.readSync(file, bytes);
  fs.closeSync(file);
  return bytes.latin1Slice().split(' ', 20)[19];
}

module.exports = { announceStart, receiveProgram };
