import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { OPERATOR_KEY } from '../support/closed-server.ts';
import { spawnServer } from '../support/process.ts';

test.each([
  ['once beyond loopback', '0.0.0.0', 'open', 1],
  ['not on loopback', '127.0.0.1', 'open', 0],
  ['not where access is closed', '0.0.0.0', 'closed', 0],
])('a start warns of open access: %s', async (_when, HOST, ACCESS, times) => {
  const folder = await mkdtemp(join(tmpdir(), 'codeinterview-warning-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const server = spawnServer({ HOST, PORT: '0', ACCESS, OPERATOR_KEY, SANDBOX_WAITING: '0' }, folder);
  const { port } = new URL(await server.url());
  expect((await fetch(`http://127.0.0.1:${port}/api/v1/health`)).status).toBe(200);
  server.child.kill('SIGTERM');
  expect(await server.exit()).toBe(0);
  const lines = server.output().split('\n');
  expect(lines.filter((line) => line.includes('ACCESS is open'))).toHaveLength(times);
});
