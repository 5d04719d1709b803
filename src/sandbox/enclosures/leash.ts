import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Command } from '../runtimes/runtime.ts';

const SETPRIV = '/usr/bin/setpriv';
const PRLIMIT = '/usr/bin/prlimit';

/** Libraries inside the runtime know of no permissions: SQLite has temporary files, graphics drivers caches. */
const NO_FILES = ['--fsize=0', '--core=0'];
const LEASH = ['--', SETPRIV, '--pdeathsig', 'KILL', '--'];

/**
 * Lets no process write a byte into any file, and lets the kernel kill it when its parent dies, however it dies.
 * Where the host cannot, processes that wait for a program still leave when their stdin closes.
 */
export async function createLeash(): Promise<(command: Command) => Command> {
  if (!existsSync(PRLIMIT) || !existsSync(SETPRIV)) return (command) => command;
  try {
    await promisify(execFile)(PRLIMIT, [...NO_FILES, ...LEASH, SETPRIV, '--version']);
  } catch {
    return (command) => command;
  }
  return (command) => ({
    ...command,
    file: PRLIMIT,
    args: [...NO_FILES, ...command.rlimits, ...LEASH, command.file, ...command.args],
  });
}
