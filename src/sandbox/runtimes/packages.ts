import { open, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Package } from '../sandbox.ts';
import type { Workspace } from '../workspace.ts';
import { addSharedLibraries } from './shared-libraries.ts';

/** The most packages that are listed. */
const MAX_PACKAGES = 1_000;
/** The name and the version come first in METADATA; a readme follows. */
const METADATA_BYTES = 4 * 2 ** 10;
const MANIFEST_BYTES = 2 ** 20;

/** Extension modules of Python and addons of Node.js, and the libraries that packages bring along. */
const NATIVE_CODE = /\.(so(\.[\d.]+)?|node)$/;

const manifest = z.object({ name: z.string(), version: z.string() });

/** Mounts a folder of packages, and adds the host's shared libraries that their native code needs. */
export async function mountPackages(workspace: Workspace, folder: string, target: string): Promise<void> {
  const source = await realpath(folder);
  await workspace.mountFolder(source, target);
  const files = await readdir(source, { recursive: true, withFileTypes: true });
  const native = files.filter((file) => file.isFile() && NATIVE_CODE.test(file.name));
  await addSharedLibraries(
    workspace,
    native.map((file) => join(file.parentPath, file.name)),
  );
}

/** Returns the packages in a `site-packages`, as pip and others record them. */
export async function pythonPackages(folder: string): Promise<Package[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.dist-info'));
  return list(names, async (name) => {
    const metadata = await readStart(join(folder, name, 'METADATA'), METADATA_BYTES);
    const field = (key: string) => new RegExp(`^${key}: *(.+?)\\s*$`, 'm').exec(metadata)?.[1];
    return { name: field('Name'), version: field('Version') };
  });
}

/** Returns the packages in a `node_modules`, without those that are nested in others. */
export async function nodePackages(folder: string): Promise<Package[]> {
  const names = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      if (!name.startsWith('@')) return name;
      return (await readdir(join(folder, name))).map((each) => join(name, each));
    }),
  );
  return list(names.flat(), async (name) =>
    JSON.parse(await readStart(join(folder, name, 'package.json'), MANIFEST_BYTES)),
  );
}

/** Reads the manifest of each package. Leaves out a package that has none. */
async function list(names: readonly string[], read: (name: string) => Promise<unknown>): Promise<Package[]> {
  const sorted = names.filter((name) => !name.startsWith('.')).sort();
  const packages = await Promise.all(
    sorted.slice(0, MAX_PACKAGES).map((name) =>
      read(name)
        .then(manifest.parse, () => null)
        .catch(() => null),
    ),
  );
  return packages.filter((each) => each !== null);
}

/** Returns the first bytes of a file. */
async function readStart(path: string, bytes: number): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
