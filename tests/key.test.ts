import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDatabase } from './support/database.ts';
import { spawnServer } from './support/process.ts';

const run = promisify(execFile);
const OPERATOR_KEY = 'a key of the operator, of 38 characters';
const ROOT = new URL('..', import.meta.url).pathname;

let folder: string;
let settings: NodeJS.ProcessEnv;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'codeinterview-key-'));
  const { url: DATABASE_URL } = await newDatabase();
  settings = { DATABASE_URL, ACCESS: 'closed', HOST: '127.0.0.1', SANDBOX_WAITING: '0' };
});
afterAll(() => rm(folder, { recursive: true }));

const makeKey = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  run('npm', ['run', '--silent', 'key', '--', ...args], {
    cwd: ROOT,
    env: { ...process.env, ...settings, ...env },
  });
const ARGS = ['--name', 'shop', '--scopes', 'sessions,execute'];

test('npm run key makes a key, whether the server runs or not', async () => {
  const { stdout: first } = await makeKey([...ARGS, '--expires', '2999-01-31']);
  expect(first).toMatch(/^cik_[0-9a-z]{16}_[\w-]{43}\n$/);

  const server = spawnServer({ ...settings, PORT: '0', OPERATOR_KEY }, folder);
  const url = await server.url();
  const viewer = async (key: string) => {
    const headers = { authorization: `Bearer ${key.trim()}` };
    return (await fetch(`${url}/api/v1/viewer`, { headers })).json();
  };
  const scopes = ['sessions', 'execute'];
  expect(await viewer(first)).toMatchObject({ scopes, expiresAt: Date.parse('2999-01-31') });

  const { port: PORT } = new URL(url);
  const { stdout: second } = await makeKey(ARGS, { PORT, OPERATOR_KEY });
  expect(await viewer(second)).toMatchObject({ kind: 'api_key', scopes, expiresAt: null });

  const refused = makeKey(ARGS, { PORT });
  await expect(refused).rejects.toThrow(/in use by process \d+.*\n.*OPERATOR_KEY/);
});

test.each([
  [['--scopes', 'sessions'], /^name /m],
  [['--name', 'shop'], /^scopes must be one of/m],
  [['--name', 'shop', '--scopes', 'everything'], /^scopes must be one of/m],
  [[...ARGS, '--expires', 'tomorrow'], /^expiresAt /m],
  [[...ARGS, '--expires', '2001-01-01'], /^expiresAt must be in the future/m],
  [[...ARGS, '--colour', 'red'], /--colour/],
])('npm run key says what does not fit: %j', async (args, message) => {
  await expect(makeKey(args)).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
});
