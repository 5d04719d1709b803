import { readdirSync, readFileSync } from 'node:fs';

/** The living children of a process, by the parent that /proc names; none where there is no /proc. */
function childrenOf(parent: number): number[] {
  return processes()
    .filter(({ ppid, state }) => ppid === parent && state !== 'Z')
    .map(({ pid }) => pid);
}

/** The living children of a process, and theirs. */
export function descendantsOf(parent: number): number[] {
  return childrenOf(parent).flatMap((child) => [child, ...descendantsOf(child)]);
}

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
      // The name in parentheses may itself hold spaces and parentheses.
      const [state = '', ppid] = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return [{ pid: Number(name), ppid: Number(ppid), state }];
    } catch {
      return [];
    }
  });
}
