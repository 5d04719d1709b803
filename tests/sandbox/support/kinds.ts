import { openSandbox } from '../../../src/sandbox/open.ts';
import {
  SANDBOX_KINDS,
  type Sandbox,
  type SandboxKind,
  type SandboxOptions,
} from '../../../src/sandbox/sandbox.ts';
import { MEGABYTE } from './corpus-case.ts';

export const OPTIONS: SandboxOptions = {
  kind: 'auto',
  running: 8,
  waiting: 1,
  waitingBytes: 256 * MEGABYTE,
  ceiling: {
    cpuTimeMs: 60_000,
    wallTimeMs: 60_000,
    memoryBytes: 256 * MEGABYTE,
    outputBytes: 4 * MEGABYTE,
    processes: 64,
  },
  packageFolders: {},
};

/** Opens a sandbox of this kind as the server does. */
export function openKind(kind: SandboxKind, options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  return openSandbox({ ...OPTIONS, kind, ...options }, () => {});
}

/** Returns the kinds that work on this machine. In CI every kind has to work. */
export async function availableKinds(): Promise<readonly SandboxKind[]> {
  if (process.env['CI']) return SANDBOX_KINDS;
  const works = await Promise.all(SANDBOX_KINDS.map(canOpen));
  return SANDBOX_KINDS.filter((_, index) => works[index]);
}

async function canOpen(kind: SandboxKind): Promise<boolean> {
  try {
    const sandbox = await openKind(kind);
    await sandbox.close();
    return true;
  } catch {
    return false;
  }
}
