import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Command } from '../runtimes/runtime.ts';

const SETPRIV = '/usr/bin/setpriv';
const PRLIMIT = '/usr/bin/prlimit';

/** Libraries inside the runtime ignore its permissions: SQLite writes temporary files, graphics drivers caches. */
const NO_FILES = ['--fsize=0', '--core=0'];
const DIE_WITH_PARENT = ['--', SETPRIV, '--pdeathsig', 'KILL', '--'];

/**
 * Returns a function that wraps a command in `prlimit` and `setpriv`: the process cannot write a byte into any
 * file, and the kernel kills it when its parent dies. Where the host lacks these programs, the function returns the
 * command unchanged; a process that waits for its program still exits then when its stdin closes.
 */
export async function createExecWrapper(): Promise<(command: Command) => Command> {
  if (!existsSync(PRLIMIT) || !existsSync(SETPRIV)) return (command) => command;
  try {
    await promisify(execFile)(PRLIMIT, [...NO_FILES, ...DIE_WITH_PARENT, SETPRIV, '--version']);
  } catch {
    return (command) => command;
  }
  return (command) => ({
    ...command,
    file: PRLIMIT,
    args: [...NO_FILES, ...command.rlimits, ...DIE_WITH_PARENT, command.file, ...command.args],
  });
}
