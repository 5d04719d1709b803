import { execFile } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PEERS = fileURLToPath(new URL('peers', import.meta.url));
const DEPENDENCIES = {
  '@hocuspocus/extension-database': '^4.7.0',
  '@hocuspocus/server': '^4.7.0',
  libsql: '^0.5.29',
  'y-websocket': '^2.1.0',
  yjs: '~13.6',
};

/** Installs other servers into a folder of their own. Returns their scripts; null where the registry is out of reach. */
export async function installPeers(
  folder: string,
): Promise<{ yWebSocket: string; hocuspocus: string } | null> {
  await cp(PEERS, folder, { recursive: true });
  const manifest = { private: true, type: 'module', dependencies: DEPENDENCIES };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  try {
    await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], {
      cwd: folder,
    });
  } catch (error) {
    process.stdout.write(`\nOther servers were not measured: ${String(error)}\n`);
    return null;
  }
  return {
    yWebSocket: join(folder, 'y-websocket.mjs'),
    hocuspocus: join(folder, 'hocuspocus.mjs'),
  };
}
