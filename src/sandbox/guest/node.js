// Node's globals for programs. Loading Node's modules takes longer than most programs run. So they are loaded while
// the process waits for its program, or when a program needs them.

import { hideDenials } from './files.js';

const NAMES = ['process', 'require', 'module', 'exports', '__filename', '__dirname'];
const LAZY_NAMES = ['Buffer', 'setImmediate', 'clearImmediate', 'global'];
const NEEDS_NODE = new RegExp(`\\b(?:import|${[...NAMES, ...LAZY_NAMES].join('|')})\\b`);

const ownProcess = Object.getOwnPropertyDescriptor(globalThis, 'process');
let node = null;

/** Loads Node's modules and returns its globals. Later calls return the same. */
export function loadNode() {
  if (node) return node;
  const process = ownProcess.get ? ownProcess.get.call(globalThis) : ownProcess.value;
  const { createRequire } = process.getBuiltinModule('module');
  const fs = process.getBuiltinModule('fs');
  process.getBuiltinModule('readline');
  // Creating these lazily would run microtasks while the program runs.
  for (const name of LAZY_NAMES) Reflect.get(globalThis, name);
  for (const name of ['stdout', 'stderr']) Reflect.get(process, name);
  const readFileSync = fs.readFileSync;
  fs.readFileSync = (path, options) => readFileSync(path === '/dev/stdin' ? 0 : path, options);
  hideDenials(fs);
  const require = onlyBuiltin(createRequire('file:///main.js'));
  const main = { exports: {}, id: '.', loaded: false, children: [], paths: [], require };
  require.main = main;
  node = { process, require, module: main, exports: main.exports, __dirname: '/' };
  return node;
}

/** Returns `require` for a program that is alone: no module lies beside it, and nothing would run node:test. */
function onlyBuiltin(require) {
  const load = (id) => {
    if (id === 'node:test') throw new Error('node:test is not available in this sandbox');
    try {
      return require(id);
    } catch (error) {
      if (error.name !== 'NotCapable') throw error;
      throw Object.assign(new Error(`Cannot find module '${id}'`), { code: 'MODULE_NOT_FOUND' });
    }
  };
  return Object.assign(load, require);
}

/** Returns an empty environment that the program can write: every value becomes a string. */
function createEnvironment() {
  return new Proxy({}, { set: (target, name, value) => Reflect.set(target, name, `${value}`) });
}

function define(name, value) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}

/** Returns Node's `process` if it was loaded, else null. */
export function processInUse() {
  return node?.process ?? null;
}

/** Defines Node's globals as a program in this file would have them; lazily when the code names none of them. */
export function provideNode(code, fileName) {
  const path = `/${fileName}`;
  const provide = () => {
    const { process, module, ...others } = loadNode();
    // Paths of the host stay hidden.
    process.argv.splice(0, process.argv.length, '/usr/bin/node', path);
    process.title = 'node';
    process.execPath = '/usr/bin/node';
    Object.defineProperty(process, 'env', { value: createEnvironment(), writable: true, enumerable: true });
    module.filename = path;
    for (const [name, value] of Object.entries({ process, module, ...others, __filename: path }))
      define(name, value);
  };
  if (node || NEEDS_NODE.test(code)) {
    provide();
    return;
  }
  for (const name of NAMES) {
    Object.defineProperty(globalThis, name, {
      get() {
        provide();
        return globalThis[name];
      },
      set: (value) => define(name, value),
      configurable: true,
    });
  }
}
