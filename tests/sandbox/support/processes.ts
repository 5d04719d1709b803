import { readdirSync, readFileSync } from 'node:fs';

/** Returns the living children of a process; none where the host has no /proc. */
export function childrenOf(parent: number): number[] {
  return processes()
    .filter(({ ppid, state }) => ppid === parent && state !== 'Z')
    .map(({ pid }) => pid);
}

/** Returns the living descendants of a process. */
export function descendantsOf(parent: number): number[] {
  return childrenOf(parent).flatMap((child) => [child, ...descendantsOf(child)]);
}

/** Returns false for a zombie too. */
export function isAlive(pid: number): boolean {
  return processes().some((each) => each.pid === pid && each.state !== 'Z');
}

function processes(): { pid: number; ppid: number; state: string }[] {
  let names: string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      // The command name stands in parentheses and may contain spaces and parentheses.
      const [state = '', ppid] = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return [{ pid: Number(name), ppid: Number(ppid), state }];
    } catch {
      return [];
    }
  });
}
