import { existsSync } from 'node:fs';
import { chmod, cp, link, lstat, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRunning } from './process-tree.ts';

/** The same from src/ and from dist/, where only compiled files are. */
const GUEST_SOURCE = fileURLToPath(new URL('../../src/sandbox/guest', import.meta.url));

const PREFIX = 'codeinterview-sandbox-';
const OWNER = new RegExp(`^${PREFIX}(\\d+)-`);

/** Something of the host that a process is to see, read-only. */
export interface Mount {
  source: string;
  target: string;
}

/** A folder of its own with all that guests read, so that no program sees a path of the installation. */
export interface Workspace {
  /** The folder on the host. */
  readonly folder: string;
  /** What is the root of a guest's file system where guests have one of their own. */
  readonly root: string;
  /** What guests see beside the root; empty where they see the host's file system. */
  readonly mounts: readonly Mount[];
  /** Where processes start, as they see it: an empty folder. */
  readonly start: string;
  /** The path of something in the root, as guests see it. */
  seen(name: string): string;
  /** Puts a file of the host into the root; answers its path as guests see it. */
  add(source: string, name: string): Promise<string>;
  /** The same for a binary, which is not copied: it is large, and the folder may forbid to execute. */
  addBinary(source: string, name: string): Promise<string>;
  /** Lets guests see a folder of the host at the path that it has there. */
  mount(source: string): Promise<void>;
  remove(): Promise<void>;
}

/** Makes the folder in `parent`. With `ownRoot`, guests see its `root/` as their whole file system. */
export async function createWorkspace(parent: string, { ownRoot }: { ownRoot: boolean }): Promise<Workspace> {
  await removeAbandoned(parent);
  const folder = await realpath(await mkdtemp(join(parent, `${PREFIX}${process.pid}-`)));
  const root = join(folder, 'root');
  const mounts: Mount[] = [];
  for (const name of ['guest', 'empty', 'proc', 'dev', 'tmp']) {
    await mkdir(join(root, name), { recursive: true });
  }
  await cp(GUEST_SOURCE, join(root, 'guest'), { recursive: true });
  // Guests of their own root may also be users of their own, who have to get in.
  if (ownRoot) await chmod(folder, 0o755);

  const seen = (name: string) => (ownRoot ? join('/', name) : join(root, name));
  /** Links the file; answers where it is or is to be, and whether it is. */
  async function place(source: string, name: string): Promise<{ target: string; linked: boolean }> {
    const target = join(root, name);
    if (existsSync(target)) return { target, linked: true };
    await mkdir(dirname(target), { recursive: true });
    return { target, linked: await tryLink(await realpath(source), target) };
  }
  return {
    folder,
    root,
    mounts,
    start: ownRoot ? '/tmp' : join(root, 'empty'),
    seen,
    add: async (source, name) => {
      const { target, linked } = await place(source, name);
      if (!linked) await cp(source, target, { dereference: true });
      return seen(name);
    },
    addBinary: async (source, name) => {
      const { target, linked } = await place(source, name);
      if (linked) return seen(name);
      if (!ownRoot) return source;
      await writeFile(target, '');
      mounts.push({ source, target: seen(name) });
      return seen(name);
    },
    mount: async (source) => {
      await mkdir(join(root, source), { recursive: true });
      mounts.push({ source, target: source });
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Removes what supervisors left that were killed: our own folders, named after processes that are gone. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = OWNER.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const { uid } = await lstat(join(parent, name)).catch(() => ({ uid: -1 }));
    if (uid === process.getuid?.()) await rm(join(parent, name), { recursive: true, force: true });
  }
}

/**
 * A link costs nothing, neither at start nor when a killed server leaves its folder behind. False on another
 * file system, and for another owner's file.
 */
function tryLink(source: string, target: string): Promise<boolean> {
  return link(source, target).then(
    () => true,
    () => false,
  );
}
