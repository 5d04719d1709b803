import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from '../../src/config.ts';
import { graphql } from '../generated/gql.ts';
import { clientsOf } from '../support/api-clients.ts';
import { query } from '../support/graphql.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { availableKinds } from './support/kinds.ts';

const Packages = graphql(`query Packages { languages { language packages { name version } } }`);

const FILES = {
  'python/greeting/__init__.py': 'def greet(name):\n    return f"hello {name}"\n',
  'python/greeting-1.2.0.dist-info/METADATA':
    'Metadata-Version: 2.1\nName: greeting\nVersion: 1.2.0\n\n# Hello',
  'python/broken-1.dist-info/RECORD': '',
  'node/shout/package.json': '{ "name": "shout", "version": "3.1.4", "main": "index.js" }',
  'node/shout/index.js': 'module.exports = (text) => text.toUpperCase();',
  'node/@team/module/package.json':
    '{ "name": "@team/module", "version": "0.0.1", "type": "module", "exports": "./index.js" }',
  'node/@team/module/index.js': 'export const answer = 42;',
  'node/.bin/shout': '',
  'node/@types/shout/package.json': '{ "name": "@types/shout", "version": "3.0.0", "types": "index.d.ts" }',
  'node/@types/shout/index.d.ts': 'declare function shout(text: string): string;\nexport = shout;',
  'node/typed/package.json':
    '{ "name": "typed", "version": "1.0.0", "type": "module", "exports": { "types": "./t.d.ts", "default": "./t.js" } }',
  'node/typed/t.js': 'export const size = 7;',
  'node/typed/t.d.ts': 'export declare const size: number;',
  'node/@types/globals/package.json':
    '{ "name": "@types/globals", "version": "1.0.0", "types": "index.d.ts" }',
  'node/@types/globals/index.d.ts': 'declare const injected: string | undefined;',
  'node/@types/node/package.json': '{ "name": "@types/node", "version": "1.0.0", "types": "index.d.ts" }',
  'node/@types/node/index.d.ts': 'declare const onlyInOldNode: string;',
};

/** A library of the host that needs another one, which neither Python nor Node needs. */
const LIBRARY = existsSync('/bin/su')
  ? /(\/\S*\/libpam\.so\.0) /.exec(execFileSync('ldd', ['/bin/su']).toString())?.[1]
  : undefined;

let folder: string;
let settings: { PYTHON_PACKAGES: string; NODE_PACKAGES: string };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'codeinterview-packages-'));
  // Programs run as other users where the server is root.
  await chmod(folder, 0o755);
  for (const [name, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
    // Only the mount keeps programs from changing them.
    await chmod(join(folder, name), 0o666);
  }
  if (LIBRARY) await copyFile(LIBRARY, join(folder, 'python/greeting/native.so'));
  settings = { PYTHON_PACKAGES: join(folder, 'python'), NODE_PACKAGES: join(folder, 'node') };
});
afterAll(() => rm(folder, { recursive: true }));

const kinds = await availableKinds();

describe.runIf(kinds.includes('bubblewrap'))('packages in the box', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ SANDBOX: 'bubblewrap', ...settings }, { programs: true });
  });
  afterAll(() => server.close());

  test.each([
    ['PYTHON', 'from greeting import greet\nprint(greet("Ada"))', 'hello Ada'],
    [
      'PYTHON',
      'import subprocess, sys\nsubprocess.run([sys.executable, "-c", "import greeting; print(greeting.greet(1))"])',
      'hello 1',
    ],
    ['JAVASCRIPT', 'console.log(require("shout")("hi"));', 'HI'],
    ['JAVASCRIPT', 'import { answer } from "@team/module";\nconsole.log(answer);', '42'],
    ['JAVASCRIPT', 'import shout from "shout";\nconsole.log(shout("hi"));', 'HI'],
    ['TYPESCRIPT', 'import shout = require("shout");\nconsole.log(shout("hi"));', 'HI'],
  ] as const)('%s: %j', async (language, code, output) => {
    const { value } = await clientsOf(server).REST.execute(language, code);
    expect(value).toMatchObject({ output, error: null });
  });

  test.each([
    ['import shout from "shout";\nconsole.log(shout("hi"));', 'HI', null],
    ['import { size } from "typed";\nconst n: number = size;\nconsole.log(n);', '7', null],
    ['console.log(typeof injected === "undefined", process.argv.length);', 'true 2', null],
    ['import shout = require("shout");\nshout(1);', '', 'main.ts(2,7): error TS2345'],
    ['import { size } from "typed";\nconst n: string = size;', '', 'main.ts(2,7): error TS2322'],
    ['onlyInOldNode;', '', "main.ts(1,1): error TS2304: Cannot find name 'onlyInOldNode'"],
    [
      'import { answer } from "@team/module";\nanswer;',
      '',
      "error TS7016: Could not find a declaration file for module '@team/module'",
    ],
  ])('their types are checked: %j', async (code, output, error) => {
    const response = await fetch(`${server.api}/execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ language: 'typescript', code, typeCheck: true }),
    });
    expect(await response.json()).toMatchObject({
      output,
      error: error === null ? null : expect.stringContaining(error),
    });
  });

  test.runIf(LIBRARY)('native code finds the libraries of the host that it needs', async () => {
    const code =
      'import ctypes, greeting\nprint(bool(ctypes.CDLL(greeting.__path__[0] + "/native.so").pam_start))';
    const { value } = await clientsOf(server).REST.execute('PYTHON', code);
    expect(value).toMatchObject({ output: 'True', error: null });
  });

  test('no path of the host shows', async () => {
    const { value } = await clientsOf(server).REST.execute('PYTHON', 'import greeting; print(greeting)');
    expect(value?.output).toContain('-packages/greeting/__init__.py');
    expect(value?.output).not.toContain(folder);
  });

  test.each([
    ['PYTHON', 'import greeting\nopen(greeting.__file__, "a")'],
    ['JAVASCRIPT', 'require("fs").appendFileSync(require.resolve("shout"), "x");'],
  ] as const)('%s cannot change them', async (language, code) => {
    const { value } = await clientsOf(server).REST.execute(language, code);
    expect(value?.error).toMatch(/Read-only file system|EROFS/);
  });

  test('`languages` says what there is', async () => {
    const node = [
      { name: '@team/module', version: '0.0.1' },
      { name: '@types/globals', version: '1.0.0' },
      { name: '@types/node', version: '1.0.0' },
      { name: '@types/shout', version: '3.0.0' },
      { name: 'shout', version: '3.1.4' },
      { name: 'typed', version: '1.0.0' },
    ];
    const { languages } = await query(server.graphql, Packages, {});
    expect(Object.fromEntries(languages.map(({ language, packages }) => [language, packages]))).toEqual({
      PYTHON: [{ name: 'greeting', version: '1.2.0' }],
      JAVASCRIPT: node,
      TYPESCRIPT: node,
    });
  });
});

test.runIf(kinds.includes('bubblewrap'))('without a folder, Python looks for packages nowhere', async () => {
  const server = await startTestServer({ SANDBOX: 'bubblewrap' }, { programs: true });
  const code = 'import sys\nprint([folder for folder in sys.path if "packages" in folder])';
  const { value } = await clientsOf(server).REST.execute('PYTHON', code);
  expect(value).toMatchObject({ output: '[]', error: null });
});

test('`embedded` has none', async () => {
  const server = await startTestServer({ SANDBOX: 'embedded', ...settings }, { programs: true });
  const { languages } = await query(server.graphql, Packages, {});
  expect(languages.map(({ packages }) => packages)).toEqual([[], [], []]);
});

test('a folder that is not there is a mistake of the settings', () => {
  const NODE_PACKAGES = join(folder, 'absent');
  expect(() => readConfig({ NODE_PACKAGES })).toThrow(ConfigError);
  expect(() => readConfig({ NODE_PACKAGES })).toThrow(`NODE_PACKAGES: ${NODE_PACKAGES} is no folder`);
});

test('a file is no folder', () => {
  const PYTHON_PACKAGES = join(folder, 'python/greeting/__init__.py');
  expect(() => readConfig({ PYTHON_PACKAGES })).toThrow(`PYTHON_PACKAGES: ${PYTHON_PACKAGES} is no folder`);
});

test.runIf(process.getuid?.() === 0)('a folder that programs cannot enter is a mistake', async () => {
  const closed = await mkdtemp(join(folder, 'closed-'));
  await mkdir(join(closed, 'packages'));
  expect(() => readConfig({ PYTHON_PACKAGES: join(closed, 'packages') })).toThrow(
    `${closed} is closed to other users`,
  );
});
