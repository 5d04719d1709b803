import { cp, link, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The same from src/ and from dist/, where only compiled files are. */
const GUEST_SOURCE = fileURLToPath(new URL('../../src/sandbox/guest', import.meta.url));

/** A private folder with all that guests read, so that no program sees a path of the installation. */
export interface Workspace {
  root: string;
  /** An empty folder, where processes start. */
  empty: string;
  /** The binary that runs guests. */
  deno: string;
  /** The path of a guest's file. */
  guest(file: string): string;
  /** Puts a file of the installation into the folder, for guests to read. */
  add(source: string, name: string): Promise<string>;
  remove(): Promise<void>;
}

/** Makes the folder; only the server's user can open it. */
export async function createWorkspace(deno: string): Promise<Workspace> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'codeinterview-sandbox-')));
  const empty = join(root, 'empty');
  const guest = join(root, 'guest');
  await mkdir(empty);
  await cp(GUEST_SOURCE, guest, { recursive: true });
  const add = (source: string, name: string) => linkOrCopy(source, join(root, name));
  return {
    root,
    empty,
    deno: await linkOrStay(deno, join(root, basename(deno))),
    guest: (file) => join(guest, file),
    add,
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** A link costs nothing, neither at start nor when a killed server leaves its folder behind. */
async function linkOrCopy(source: string, target: string): Promise<string> {
  const isLinked = await tryLink(source, target);
  if (!isLinked) await cp(source, target);
  return target;
}

/** A binary is not copied: the temporary folder may be one that nothing can be executed from. */
async function linkOrStay(source: string, target: string): Promise<string> {
  return (await tryLink(source, target)) ? target : source;
}

/** False on another file system, and for another owner's file. */
function tryLink(source: string, target: string): Promise<boolean> {
  return link(source, target).then(
    () => true,
    () => false,
  );
}
