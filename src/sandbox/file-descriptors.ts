import { readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC of fcntl.h; /proc shows flags in octal. */
const O_CLOEXEC = 0o2000000;

/**
 * Returns the descriptors above 2 that a child of this process would inherit. They exist when the parent of this
 * process left them open without O_CLOEXEC. Returns none where the host has no /proc.
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
    return (flags & O_CLOEXEC) === 0;
  } catch {
    // The descriptor with which the folder was listed, closed since.
    return false;
  }
}
