import { spawn } from 'node:child_process';
import { GuestProcess } from '../guest-process.ts';
import { canReadProcesses } from '../process-tree.ts';
import type { Command } from '../runtimes/runtime.ts';
import type { Enclosure } from './enclosure.ts';
import { createLeash } from './leash.ts';

/** No box: what keeps a program from harm is its runtime, which holds no permission. */
export async function embeddedEnclosure(): Promise<Enclosure> {
  const leash = await createLeash();
  const watch = canReadProcesses() ? 'watch' : null;
  return {
    kind: 'embedded',
    protections: [
      { name: 'namespaces', mechanism: null },
      { name: 'filter', mechanism: null },
      { name: 'memory', mechanism: watch },
      { name: 'processes', mechanism: 'permissions of the runtime' },
      { name: 'network', mechanism: 'permissions of the runtime' },
      { name: 'user', mechanism: null },
    ],
    start: (command) => start(leash(command)),
    close: () => {},
  };
}

function start({ file, args, cwd, env }: Omit<Command, 'rlimits'>): GuestProcess {
  const child = spawn(file, args, { cwd, env, detached: process.platform !== 'win32', windowsHide: true });
  return new GuestProcess(child, {
    pid: () => child.pid,
    // The process group, as far as there is one.
    kill: () => {
      try {
        if (process.platform === 'win32' || child.pid === undefined) child.kill('SIGKILL');
        else process.kill(-child.pid, 'SIGKILL');
      } catch {
        child.kill('SIGKILL');
      }
    },
    end: (exitCode, signal) => ({ exitCode, signal }),
    fileBytes: () => 0,
  });
}
