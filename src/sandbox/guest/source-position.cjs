// Makes syntax errors that only V8 finds in a compiled TypeScript program, such as a name that is declared twice, name
// the line of main.ts.
'use strict';
const fs = require('node:fs');

/** What V8 writes above the message: the file, the line, and a mark below its text. */
const POSITION = /^(.*)main\.js:(\d+)\n.*\n( *)\^+/;
const SOURCE_MAP = /\/\/# sourceMappingURL=data:application\/json;base64,(\S+)\s*$/;

/** Changes the position in the stack of an error from main.js to main.ts. */
function pointToSource(error) {
  try {
    if (error instanceof SyntaxError) replacePosition(error);
  } catch {
    // The error is one that the program made, and getting its stack threw.
  }
}

function replacePosition(error) {
  const [text, folder, line, indent] = POSITION.exec(error.stack) ?? [];
  const map = SOURCE_MAP.exec(fs.readFileSync('main.js', 'utf8'))?.[1];
  if (text === undefined || map === undefined) return;
  const { SourceMap } = require('node:module');
  const { originalLine, originalColumn } = new SourceMap(
    JSON.parse(Buffer.from(map, 'base64').toString()),
  ).findEntry(line - 1, indent.length);
  const shown = fs.readFileSync('main.ts', 'utf8').split('\n')[originalLine];
  if (shown === undefined) return;
  const mark = '^'.padStart(originalColumn + 1);
  error.stack = `${folder}main.ts:${originalLine + 1}\n${shown}\n${mark}${error.stack.slice(text.length)}`;
}

module.exports = { pointToSource };
