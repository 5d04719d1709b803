import { readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC of fcntl.h, in the octal that /proc shows. */
const CLOSED_ON_EXEC = 0o2000000;

/**
 * The descriptors beyond the standard ones that a child of this process would get, because whoever started this
 * process left them open; none where there is no /proc.
 */
export function inheritedDescriptors(): number[] {
  let names: string[];
  try {
    names = readdirSync('/proc/self/fdinfo');
  } catch {
    return [];
  }
  return names.map(Number).filter((descriptor) => descriptor > 2 && isInherited(descriptor));
}

function isInherited(descriptor: number): boolean {
  try {
    const info = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8');
    const flags = Number.parseInt(/^flags:\s+(\d+)$/m.exec(info)?.[1] ?? '0', 8);
    return (flags & CLOSED_ON_EXEC) === 0;
  } catch {
    // The descriptor that the folder itself was read with.
    return false;
  }
}
