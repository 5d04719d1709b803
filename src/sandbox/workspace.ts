import { existsSync, readlinkSync } from 'node:fs';
import { chmod, cp, link, lstat, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRunning } from './process-tree.ts';

/** Resolves from src/ and from dist/, which has compiled files only. */
const GUEST_SOURCE = fileURLToPath(new URL('../../src/sandbox/guest', import.meta.url));

const PREFIX = `codeinterview-sandbox-${pidNamespace()}-`;
const OWNER = new RegExp(`^${PREFIX}(\\d+)-`);

/** The number of this PID namespace. Containers may share a temporary folder, and number their processes alike. */
function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    // A system without namespaces.
    return '0';
  }
}

/** A file or folder of the host that guests see read-only. */
export interface Mount {
  /** The path on the host. */
  source: string;
  /** The path that guests see. */
  target: string;
}

/** A temporary folder with all files that guests read, so that no program sees a path of the installation. */
export interface Workspace {
  /** The folder on the host. */
  readonly folder: string;
  /** The folder that becomes the guests' root directory where they have a separate one. */
  readonly root: string;
  /** Files and folders to mount into the root; empty where guests see the host's file system. */
  readonly mounts: readonly Mount[];
  /** The working directory of guests, as a path that they see. It is empty. */
  readonly workingDirectory: string;
  /** Returns the path that guests see for a path relative to the root. */
  guestPath(name: string): string;
  /** Puts a file of the host into the root. Returns the path that guests see. */
  addFile(source: string, name: string): Promise<string>;
  /**
   * Adds an executable. Returns the path that guests see. Never copies: the file is large, and the folder may be
   * mounted noexec.
   */
  addBinary(source: string, name: string): Promise<string>;
  /** Mounts a folder of the host at the same path, or at another. */
  mountFolder(source: string, target?: string): Promise<void>;
  /** Deletes the folder. */
  remove(): Promise<void>;
}

/**
 * Creates the folder in `parent`. With `separateRoot`, its `root/` becomes the root directory of guests; without,
 * guests see the host's file system. Also deletes folders there whose process has died.
 */
export async function createWorkspace(
  parent: string,
  { separateRoot }: { separateRoot: boolean },
): Promise<Workspace> {
  await removeAbandoned(parent);
  const folder = await realpath(await mkdtemp(join(parent, `${PREFIX}${process.pid}-`)));
  const root = join(folder, 'root');
  const mounts: Mount[] = [];
  for (const name of ['guest', 'empty', 'proc', 'dev', 'tmp']) {
    await mkdir(join(root, name), { recursive: true });
  }
  await cp(GUEST_SOURCE, join(root, 'guest'), { recursive: true });
  // Guests with a separate root may run as other users, which need access to the folder.
  if (separateRoot) await chmod(folder, 0o755);

  const guestPath = (name: string) => (separateRoot ? join('/', name) : join(root, name));
  /** Tries to link the file into the root. Returns the path on the host, and whether the file is there now. */
  async function linkInto(source: string, name: string): Promise<{ target: string; linked: boolean }> {
    const target = join(root, name);
    if (existsSync(target)) return { target, linked: true };
    await mkdir(dirname(target), { recursive: true });
    return { target, linked: await tryLink(await realpath(source), target) };
  }
  return {
    folder,
    root,
    mounts,
    workingDirectory: separateRoot ? '/tmp' : join(root, 'empty'),
    guestPath,
    addFile: async (source, name) => {
      const { target, linked } = await linkInto(source, name);
      if (!linked) await cp(source, target, { dereference: true });
      return guestPath(name);
    },
    addBinary: async (source, name) => {
      const { target, linked } = await linkInto(source, name);
      if (linked) return guestPath(name);
      if (!separateRoot) return source;
      await writeFile(target, '');
      mounts.push({ source, target: guestPath(name) });
      return guestPath(name);
    },
    mountFolder: async (source, target = source) => {
      await mkdir(join(root, target), { recursive: true });
      mounts.push({ source, target });
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Deletes the workspaces of killed supervisors: this user's and PID namespace's folders whose process has ended. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = OWNER.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const { uid } = await lstat(join(parent, name)).catch(() => ({ uid: -1 }));
    if (uid === process.getuid?.()) await rm(join(parent, name), { recursive: true, force: true });
  }
}

/**
 * Creates a hard link, which takes no disk space even when a killed server leaves its folder behind. Returns false
 * where that is impossible: on another file system, or for a file of another user.
 */
function tryLink(source: string, target: string): Promise<boolean> {
  return link(source, target).then(
    () => true,
    () => false,
  );
}
