import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { availableKinds } from './support/kinds.ts';
import { descendantsOf, isAlive } from './support/processes.ts';

const server = fileURLToPath(new URL('./support/server.ts', import.meta.url));

it.runIf(existsSync('/proc/self/stat') && existsSync('/usr/bin/setpriv')).each(await availableKinds())(
  'a server that is killed leaves no process, neither one that waits nor one that runs (%s)',
  async (kind) => {
    const folder = mkdtempSync(join(tmpdir(), 'sandbox-test-'));
    // Programs run as other users, which need access to the folder.
    chmodSync(folder, 0o755);
    const child = spawn(process.execPath, ['--import', 'tsx', server, kind], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: folder },
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    });
    await once(child.stdout, 'data');
    const guests = descendantsOf(child.pid ?? 0);
    expect(guests.length).toBeGreaterThanOrEqual(2);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => guests.filter(isAlive), { timeout: 60_000 }).toEqual([]);
    const left = () => readdirSync(folder).filter((name) => name.startsWith('codeinterview'));
    await expect.poll(left, { timeout: 60_000 }).toEqual([]);
  },
  180_000,
);
