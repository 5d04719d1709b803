import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { graphql } from '../generated/gql.ts';
import { query } from '../support/graphql.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { availableKinds } from './support/kinds.ts';

const Packages = graphql(`
  query Packages { languages { language packages { name version } } }
`);

const RunWithPackages = graphql(`
  mutation RunWithPackages($code: String!, $language: Language!) {
    executeCode(input: { code: $code, language: $language }) {
      ... on ExecuteCodePayload { execution { stdout stderr } }
    }
  }
`);

const folder = mkdtempSync(join(tmpdir(), 'codeinterview-packages-'));
// Programs run as other users.
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true }));

/** Files of packages, as pip and npm install them. */
const FILES = {
  'python/greeting/__init__.py': 'def greet(): return "hello from Python"',
  'python/Greeting-1.2.dist-info/METADATA':
    'Metadata-Version: 2.1\nName: Greeting\nVersion: 1.2\n\nVersion: 3',
  'python/broken-1.dist-info/RECORD': '',
  'node_modules/.package-lock.json': '{}',
  'node_modules/greeting/package.json': '{ "name": "greeting", "version": "2.0.1" }',
  'node_modules/greeting/index.js': 'exports.greet = () => "hello from " + require("@a/place");',
  'node_modules/@a/place/package.json': '{ "name": "@a/place", "version": "0.1.0", "main": "place.js" }',
  'node_modules/@a/place/place.js': 'module.exports = "Node";',
  'node_modules/broken/package.json': '{',
} as const;

/** A library of the host that needs another one, which neither Python nor Node needs. */
const LIBRARY = existsSync('/bin/su')
  ? /(\/\S*\/libpam\.so\.0) /.exec(execFileSync('ldd', ['/bin/su']).toString())?.[1]
  : undefined;

beforeAll(() => {
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  if (LIBRARY !== undefined) copyFileSync(LIBRARY, join(folder, 'python/greeting/native.so'));
});

const settings = () => ({
  PYTHON_PACKAGES: join(folder, 'python'),
  NODE_PACKAGES: join(folder, 'node_modules'),
});

const kinds = await availableKinds();

describe.runIf(kinds.includes('bubblewrap'))('bubblewrap', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ ...settings(), SANDBOX: 'bubblewrap' }, { programs: true });
  });
  afterAll(() => server.close());

  test('tells the packages of each language', async () => {
    const node = [
      { name: '@a/place', version: '0.1.0' },
      { name: 'greeting', version: '2.0.1' },
    ];
    expect((await query(server.graphql, Packages, {})).languages).toEqual([
      { language: 'JAVASCRIPT', packages: node },
      { language: 'TYPESCRIPT', packages: node },
      { language: 'PYTHON', packages: [{ name: 'Greeting', version: '1.2' }] },
    ]);
  });

  test.each([
    ['PYTHON', 'from greeting import greet; print(greet())', 'hello from Python\n'],
    [
      'PYTHON',
      'import subprocess, sys\nsubprocess.run([sys.executable, "-c", "import greeting; print(greeting.greet())"])',
      'hello from Python\n',
    ],
    ['JAVASCRIPT', 'console.log(require("greeting").greet())', 'hello from Node\n'],
    ['JAVASCRIPT', 'import { greet } from "greeting"; console.log(greet())', 'hello from Node\n'],
    ['TYPESCRIPT', 'import greeting from "greeting"; console.log(greeting.greet())', 'hello from Node\n'],
  ] as const)('%s: %s', async (language, code, stdout) => {
    expect(await execution({ language, code })).toEqual({ stdout, stderr: '' });
  });

  test('shows no path of the host, and lets nobody write', async () => {
    const code = `import greeting, os
print(greeting.__file__, os.access(greeting.__file__, os.W_OK))`;
    const { stdout } = await execution({ language: 'PYTHON', code });
    expect(stdout).toMatch(/^\/\S+-packages\/greeting\/__init__\.py False\n$/);
    expect(stdout).not.toContain(folder);
  });

  test.runIf(LIBRARY)('loads native code that needs libraries of the host', async () => {
    const code = `import ctypes, greeting, os
print(ctypes.CDLL(os.path.join(os.path.dirname(greeting.__file__), "native.so")).pam_start is not None)`;
    expect(await execution({ language: 'PYTHON', code })).toEqual({ stdout: 'True\n', stderr: '' });
  });

  async function execution(variables: { language: 'PYTHON' | 'JAVASCRIPT' | 'TYPESCRIPT'; code: string }) {
    const { executeCode } = await query(server.graphql, RunWithPackages, variables);
    return 'execution' in executeCode ? executeCode.execution : executeCode;
  }
});

test('embedded has no packages', async () => {
  const server = await startTestServer({ ...settings(), SANDBOX: 'embedded' }, { programs: true });
  const { languages } = await query(server.graphql, Packages, {});
  expect(languages.map(({ packages }) => packages)).toEqual([[], [], []]);
  await server.close();
});

describe('a setting that is', () => {
  test.each(['PYTHON_PACKAGES', 'NODE_PACKAGES'])('%s with no folder is a mistake', (name) => {
    const missing = join(folder, 'missing');
    const file = join(folder, 'python/greeting/__init__.py');
    expect(() => readConfig({ [name]: missing })).toThrow(`${name}: ${missing} is no folder`);
    expect(() => readConfig({ [name]: file })).toThrow(`${name}: ${file} is no folder`);
  });

  test.runIf(process.getuid?.() === 0)('a folder that programs cannot enter is a mistake', () => {
    const closed = mkdtempSync(join(folder, 'closed-'));
    mkdirSync(join(closed, 'packages'));
    expect(() => readConfig({ PYTHON_PACKAGES: join(closed, 'packages') })).toThrow(
      `${closed} is closed to other users`,
    );
  });
});
