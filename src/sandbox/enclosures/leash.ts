import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Command } from '../runtimes/runtime.ts';

const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'];
const KILL_ON_PARENT_DEATH = ['--pdeathsig', 'KILL', '--'];

/**
 * Lets the kernel kill every process when its parent dies, however it dies. Where it cannot, processes that wait
 * for a program still leave when their stdin closes.
 */
export async function createLeash(): Promise<(command: Command) => Command> {
  const setpriv = SETPRIV.find((file) => existsSync(file));
  if (setpriv === undefined) return (command) => command;
  try {
    await promisify(execFile)(setpriv, [...KILL_ON_PARENT_DEATH, setpriv, '--version']);
  } catch {
    return (command) => command;
  }
  return (command) => ({
    ...command,
    file: setpriv,
    args: [...KILL_ON_PARENT_DEATH, command.file, ...command.args],
  });
}
