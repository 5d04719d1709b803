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
  remove(): Promise<void>;
}

/** Makes the folder; only the server's user can open it. */
export async function createWorkspace(deno: string): Promise<Workspace> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'codeinterview-sandbox-')));
  const empty = join(root, 'empty');
  const guest = join(root, 'guest');
  await mkdir(empty);
  await cp(GUEST_SOURCE, guest, { recursive: true });
  const linked = join(root, basename(deno));
  const isLinked = await link(deno, linked).then(
    () => true,
    // Another file system, or another owner's file: the program then sees where the binary is installed.
    () => false,
  );
  return {
    root,
    empty,
    deno: isLinked ? linked : deno,
    guest: (file) => join(guest, file),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
