// Runs in Deno: checks the types of one TypeScript program with TypeScript's compiler in JavaScript, and does not run
// it. The arguments are the root and the folder of the compiler, as guests see it, then the arguments of tsc.
import { announceStart, exitWithReport, receiveProgram, writeText } from './protocol.js';

const MAX_MESSAGE = 10_000;
/** Uses what most programs use. */
const WARM_PROGRAM =
  'import "node:fs"; const warm: number[] = [1].map((n) => n + 1); console.log(String(warm));';

const [root, compilerFolder, ...args] = Deno.args;
/** The declarations, by the path that the compiler sees: below a root of its own, which shows none of the host's. */
const files = new Map();
const folders = new Set();
readDeclarations(compilerFolder);
const ts = loadCommonJs(`${compilerFolder}/typescript.js`);
const { meansLegacyDecorators } = loadCommonJs('/guest/decorators.cjs');
await Deno.permissions.revoke({ name: 'read' });
const { options } = ts.parseCommandLine(args);
const sources = new Map();
// Reads the declarations, which takes most of the time. It belongs to the start, not to the program.
check(WARM_PROGRAM);

const { marker, code } = await receiveProgram(() => {});
announceStart();
report(new TextDecoder('utf-8', { ignoreBOM: true }).decode(code));

function readDeclarations(folder) {
  folders.add(folder);
  for (const { name, isDirectory } of Deno.readDirSync(root + folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) readDeclarations(path);
    else if (/\.d\.ts$|\.json$/.test(name)) files.set(path, Deno.readTextFileSync(root + path));
  }
}

function loadCommonJs(path) {
  const module = { exports: {} };
  new Function('module', Deno.readTextFileSync(root + path))(module);
  return module.exports;
}

/** Returns what tsc prints about the program. */
function check(source) {
  const host = hostOf(source);
  const experimentalDecorators = meansLegacyDecorators(source);
  const program = ts.createProgram(['/tmp/main.ts'], { ...options, experimentalDecorators }, host);
  return ts.formatDiagnostics(ts.sortAndDeduplicateDiagnostics(diagnosticsOf(program)), host);
}

/** As tsc does, tells errors of syntax first, and others only without those. */
function diagnosticsOf(program) {
  const steps = [
    () => program.getSyntacticDiagnostics(),
    () => [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()],
    () => program.getSemanticDiagnostics(),
  ];
  for (const step of steps) {
    const diagnostics = step();
    if (diagnostics.length > 0) return diagnostics;
  }
  return [];
}

/** A file system that holds the declarations and /tmp/main.ts. */
function hostOf(source) {
  const read = (path) => (path === '/tmp/main.ts' ? source : files.get(path));
  const parse = (path, settings) => ts.createSourceFile(path, read(path), settings, true);
  return {
    getSourceFile(path, settings) {
      if (path === '/tmp/main.ts' || read(path) === undefined) return read(path) && parse(path, settings);
      if (!sources.has(path)) sources.set(path, parse(path, settings));
      return sources.get(path);
    },
    readFile: read,
    fileExists: (path) => read(path) !== undefined,
    directoryExists: (path) => folders.has(path),
    getDirectories: () => [],
    getDefaultLibFileName: (settings) => `${compilerFolder}/${ts.getDefaultLibFileName(settings)}`,
    getDefaultLibLocation: () => compilerFolder,
    getCurrentDirectory: () => '/tmp',
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    writeFile() {},
  };
}

function report(source) {
  let text;
  try {
    text = check(source);
  } catch (error) {
    // Deeper than the compiler can read: it ran out of stack.
    text = `The types could not be checked: ${error.message}\n`;
  }
  if (text === '') Deno.exit(0);
  writeText('stderr', text);
  exitWithReport(marker, 1, { kind: 'syntax', message: text.trimEnd().slice(0, MAX_MESSAGE) });
}
