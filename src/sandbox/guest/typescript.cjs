// Compiles a TypeScript program to JavaScript, inside the box.
'use strict';
const { compileFunction } = require('node:vm');
const { meansLegacyDecorators } = require('./decorators.cjs');
// The native part of @swc/core: it compiles what tsc compiles, and loads in a fraction of its time.
const { transformSync } = require('./swc.node');

/** Larger programs get no source map, which would take more space than their folder has. */
const MAX_MAPPED = 2 ** 20;

/** The compiler's helper for `using` declares this name, but throws `new _SuppressedError`. */
const MISNAMED = 'var _SuppressedError1 = ';

/** Returns JavaScript with a source map. Throws a SyntaxError. */
function compile(source) {
  // A script has everything that Node gives one (`require`, `__filename`), and `import` too.
  const script = transform(source, 'commonjs');
  // Only a module may await at its top level. `export {}` makes Node take it as one.
  return isScript(source, script) ? script : transform(`${source}\nexport {};`, 'nodenext');
}

function isScript(source, script) {
  if (!/\bawait\b/.test(source)) return true;
  try {
    compileFunction(script);
    return true;
  } catch {
    return false;
  }
}

function transform(source, moduleType) {
  const options = {
    filename: 'main.ts',
    sourceMaps: source.length <= MAX_MAPPED && 'inline',
    inlineSourcesContent: false,
    configFile: false,
    swcrc: false,
    isModule: true,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: meansLegacyDecorators(source) ? { legacyDecorator: true } : { decoratorVersion: '2022-03' },
    },
    module: { type: moduleType, allowTopLevelThis: true },
  };
  try {
    const { code } = transformSync(source, false, Buffer.from(JSON.stringify(options)));
    return code.replace(MISNAMED, 'var _SuppressedError = ');
  } catch (error) {
    throw toSyntaxError(error.message);
  }
}

/**
 * Makes a SyntaxError of the compiler's message. Its stack is what Node prints of one. The message is:
 *
 *     x Expression expected
 *      ,-[main.ts:4:1]
 *    4 | const a = ;
 *      :           ^
 */
function toSyntaxError(text) {
  const [, message, line = 1, start = 1] = /x (.*)\n *,-\[main\.ts:(\d+):(\d+)\]/.exec(text) ?? ['', text];
  const error = new SyntaxError(message);
  const [, gutter = '', shown = '', marks = ''] = /\n( *\d+ \| )(.*)\n( *: *\^)/.exec(text) ?? [];
  const column = marks.length - gutter.length;
  const source = column > 0 ? `\n${shown}\n${'^'.padStart(column)}\n` : '';
  error.stack = `main.ts:${line}:${column > 0 ? column : start}${source}\n${error}`;
  return error;
}

module.exports = { compile };
