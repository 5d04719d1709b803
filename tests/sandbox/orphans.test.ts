import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { childrenOf, isAlive } from './support/processes.ts';

const server = fileURLToPath(new URL('./support/server.ts', import.meta.url));

it.runIf(existsSync('/proc/self/stat') && existsSync('/usr/bin/setpriv'))(
  'a server that is killed leaves no process, neither one that waits nor one that runs',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sandbox-test-'));
    const child = spawn(process.execPath, ['--import', 'tsx', server], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: folder },
    });
    await once(child.stdout, 'data');
    const guests = childrenOf(child.pid ?? 0);
    expect(guests.length).toBeGreaterThanOrEqual(2);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => guests.filter(isAlive), { timeout: 5000 }).toEqual([]);
    rmSync(folder, { recursive: true });
  },
  60_000,
);
