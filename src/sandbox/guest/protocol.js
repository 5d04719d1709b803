// The protocol between the sandbox and a guest. A guest is a process that runs one program.
// 1. The sandbox writes to stdin: a 32-bit big-endian length, then that many bytes: a line
//    `language secret memoryBytes` and the code. Further bytes are the program's stdin.
// 2. When the program starts, the guest writes two 32-bit big-endian numbers to stdout: its threads, 0 when it cannot
//    count them, and its resident memory in KiB. Further bytes are the program's stdout.
// 3. After a failure the guest writes an error report to stderr: the marker, which is the secret between two NULs,
//    then the kind of the error, a space, its message, and the marker again.

const { args, stdin, stdout, stderr, exit, memoryUsage } = Deno;
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
 * Receives the program. Resolves with `{ language, code, marker }`; `code` is bytes. With the last argument `wait` the
 * process may wait long for its program and calls `preload` first. Otherwise the program arrives at once.
 */
export async function receiveProgram(preload) {
  const buffer = new Uint8Array(4);
  const waits = args.at(-1) === 'wait';
  if (waits) preload();
  const count = waits ? await stdin.read(buffer) : readSync(buffer);
  // The supervisor has died: stdin ended before a program arrived.
  if (count === null) exit(0);
  const header = readExactly(4, buffer.subarray(0, count));
  const program = readExactly(new DataView(header.buffer).getUint32(0));
  const end = program.indexOf(LINE_FEED);
  const [language, secret] = new TextDecoder().decode(program.subarray(0, end)).split(' ');
  return { language, marker: `\0${secret}\0`, code: program.subarray(end + 1) };
}

/** Tells the sandbox that the program starts now. Nothing tells Deno how many threads it has. */
export function announceStart() {
  const announcement = new DataView(new ArrayBuffer(8));
  announcement.setUint32(4, memoryUsage().rss / 1024);
  writeBytes('stdout', new Uint8Array(announcement.buffer));
}

/** Writes all bytes to `stdout` or `stderr`, synchronously. */
export function writeBytes(stream, bytes) {
  const write = writers[stream];
  let written = 0;
  while (written < bytes.length) written += write(bytes.subarray(written));
}

/** Writes text to `stdout` or `stderr`, synchronously. */
export function writeText(stream, text) {
  writeBytes(stream, encode(text));
}

/** Writes the error report, `{ kind, message }` or null, and exits. */
export function exitWithReport(marker, exitCode, report) {
  if (report) writeText('stderr', `${marker}${report.kind} ${report.message}${marker}`);
  exit(exitCode);
}
