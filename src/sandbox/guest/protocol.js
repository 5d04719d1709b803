// What every guest says to the server around its program. One program a process:
// server to guest, on stdin: a 32-bit length and that many bytes of JSON; what follows is the program's own stdin.
// guest to server: one byte on stdout when the program starts; after it stdout is the program's.
// guest to server, at the end: a secret mark on stderr and JSON behind it, which words the program's error.

const { stdin, stdout, stderr, exit } = Deno;
const { parse, stringify } = JSON;
const encoder = new TextEncoder();
const encode = encoder.encode.bind(encoder);
const readSync = stdin.readSync.bind(stdin);
const writers = { stdout: stdout.writeSync.bind(stdout), stderr: stderr.writeSync.bind(stderr) };

/** A program that was there before its process has it at hand in less. */
const WAITING_AFTER_MS = 5;

function readExactly(length, filled = new Uint8Array(0)) {
  const bytes = new Uint8Array(length);
  bytes.set(filled);
  for (let count = filled.length; count < length; ) {
    const read = readSync(bytes.subarray(count));
    if (read === null) exit(0);
    count += read;
  }
  return bytes;
}

/** The program, as `{ language, code, mark }`. `useTheWait` is called when there is a wait to make use of. */
export async function receiveProgram(useTheWait) {
  const buffer = new Uint8Array(4);
  const timer = setTimeout(useTheWait, WAITING_AFTER_MS);
  const count = await stdin.read(buffer);
  clearTimeout(timer);
  // Stdin that ends before a program came means that the server is gone.
  if (count === null) exit(0);
  const header = readExactly(4, buffer.subarray(0, count));
  const length = new DataView(header.buffer).getUint32(0);
  return parse(new TextDecoder().decode(readExactly(length)));
}

/** Tells the server that what runs from here on is the program. */
export function announceStart() {
  writeBytes('stdout', new Uint8Array([1]));
}

export function writeBytes(stream, bytes) {
  const write = writers[stream];
  let written = 0;
  while (written < bytes.length) written += write(bytes.subarray(written));
}

export function writeText(stream, text) {
  writeBytes(stream, encode(text));
}

/** Words the program's error for the server and ends the process. */
export function leave(mark, exitCode, report) {
  if (report) writeText('stderr', mark + stringify(report));
  exit(exitCode);
}
