// What every guest says to the server around its program. One program a process:
// server to guest, on stdin: a 32-bit length and that many bytes: a line `language mark memoryBytes` and the code;
// what follows is the program's own stdin.
// guest to server: one byte on stdout when the program starts; after it stdout is the program's.
// guest to server, at the end: the secret mark between two NULs on stderr, and behind it the kind of the program's
// error, a space and its message.

const { args, stdin, stdout, stderr, exit } = Deno;
const encoder = new TextEncoder();
const encode = encoder.encode.bind(encoder);
const readSync = stdin.readSync.bind(stdin);
const writers = { stdout: stdout.writeSync.bind(stdout), stderr: stderr.writeSync.bind(stderr) };

const LINE_FEED = 10;

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

/**
 * The program, as `{ language, code, mark }`; its code in bytes. A process that was started to wait is told so by
 * its last argument, and calls `useTheWait`; any other has its program at hand.
 */
export async function receiveProgram(useTheWait) {
  const buffer = new Uint8Array(4);
  const waits = args.at(-1) === 'wait';
  if (waits) useTheWait();
  const count = waits ? await stdin.read(buffer) : readSync(buffer);
  // Stdin that ends before a program came means that the server is gone.
  if (count === null) exit(0);
  const header = readExactly(4, buffer.subarray(0, count));
  const program = readExactly(new DataView(header.buffer).getUint32(0));
  const end = program.indexOf(LINE_FEED);
  const [language, mark] = new TextDecoder().decode(program.subarray(0, end)).split(' ');
  return { language, mark: `\0${mark}\0`, code: program.subarray(end + 1) };
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
  if (report) writeText('stderr', `${mark}${report.kind} ${report.message}`);
  exit(exitCode);
}
