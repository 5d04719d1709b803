import { spawn } from 'node:child_process';
import { GuestProcess } from '../guest-process.ts';
import { canReadProcesses } from '../process-tree.ts';
import type { Command } from '../runtimes/runtime.ts';
import type { Enclosure } from './enclosure.ts';
import { createExecWrapper } from './exec-wrapper.ts';

/** Creates an enclosure without help of the kernel: the runtime, which has no permissions, confines the program. */
export async function embeddedEnclosure(): Promise<Enclosure> {
  const wrap = await createExecWrapper();
  return {
    kind: 'embedded',
    protections: [
      { name: 'namespaces', mechanism: null },
      { name: 'filter', mechanism: null },
      { name: 'memory', mechanism: canReadProcesses() ? 'watch' : null },
      { name: 'processes', mechanism: 'permissions of the runtime' },
      { name: 'network', mechanism: 'permissions of the runtime' },
      { name: 'user', mechanism: null },
    ],
    start: (command) => start(wrap(command)),
    close: () => {},
  };
}

function start({ file, args, cwd, env }: Omit<Command, 'rlimits'>): GuestProcess {
  const child = spawn(file, args, { cwd, env, detached: process.platform !== 'win32', windowsHide: true });
  return new GuestProcess(child, {
    pid: () => child.pid,
    // A detached child leads a process group, except on Windows.
    kill: () => {
      try {
        if (process.platform === 'win32' || child.pid === undefined) child.kill('SIGKILL');
        else process.kill(-child.pid, 'SIGKILL');
      } catch {
        child.kill('SIGKILL');
      }
    },
    exitOf: (exitCode, signal) => ({ exitCode, signal }),
    fileBytes: () => 0,
  });
}
