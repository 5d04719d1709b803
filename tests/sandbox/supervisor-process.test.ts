import { expect, it, onTestFinished, vi } from 'vitest';
import { openSandbox } from '../../src/sandbox/open.ts';
import { LIMITS } from './support/corpus-case.ts';
import { OPTIONS } from './support/kinds.ts';
import { childrenOf } from './support/processes.ts';

it('a supervisor that cannot be started loses its program and is replaced', async () => {
  const earlier = childrenOf(process.pid);
  const onLost = vi.fn();
  const sandbox = await openSandbox({ ...OPTIONS, kind: 'embedded' }, onLost);
  const run = () => sandbox.run({ language: 'javascript', code: '1', limits: LIMITS }, () => {}).outcome;
  const node = process.execPath;
  onTestFinished(() => {
    process.execPath = node;
  });
  process.execPath = '/nowhere/node';
  for (const pid of childrenOf(process.pid).filter((child) => !earlier.includes(child)))
    process.kill(pid, 'SIGKILL');
  await expect.poll(() => onLost.mock.calls.length).toBe(1);

  expect(await run()).toMatchObject({ verdict: 'SANDBOX_ERROR' });
  expect(onLost.mock.calls.length).toBe(2);
  process.execPath = node;
  expect(await run()).toMatchObject({ verdict: 'SUCCEEDED' });
  await sandbox.close();
});

it('a supervisor that cannot be started can be closed', async () => {
  const sandbox = await openSandbox({ ...OPTIONS, kind: 'embedded' }, () => {});
  await sandbox.close();
  const node = process.execPath;
  process.execPath = '/nowhere/node';
  const { outcome } = sandbox.run({ language: 'javascript', code: '1', limits: LIMITS }, () => {});
  process.execPath = node;
  await sandbox.close();
  expect(await outcome).toMatchObject({ verdict: 'SANDBOX_ERROR' });
});
