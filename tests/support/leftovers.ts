import { chmod, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const PREFIX = 'codeinterview-tests-';
/** How long processes that were killed have to go. */
const GRACE_MS = 10_000;

/**
 * Gives the run a temporary folder of its own, which goes with all that the tests have left in it. A process that
 * still works in it by then fails the run.
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  // Another project of this run has made it.
  if (basename(tmpdir()).startsWith(PREFIX)) return undefined;
  const folder = await mkdtemp(join(tmpdir(), PREFIX));
  // Programs and PostgreSQL run as other users.
  await chmod(folder, 0o755);
  process.env['TMPDIR'] = folder;
  return async () => {
    let left = await processesIn(folder);
    for (let waited = 0; left.length > 0 && waited < GRACE_MS; waited += 100) {
      await pause(100);
      left = await processesIn(folder);
    }
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
    if (left.length === 0) return;
    // Vitest itself only logs an error of a teardown.
    process.exitCode = 1;
    const list = left.map(({ pid, command }) => `${pid} ${command}`).join('\n');
    throw new Error(`The tests left processes behind, which are killed now:\n${list}`);
  };
}

/** The processes whose command or working directory names the folder; none where there is no /proc. */
async function processesIn(folder: string): Promise<{ pid: number; command: string }[]> {
  const names = await readdir('/proc').catch(() => []);
  const found = names
    .filter((name) => /^\d+$/.test(name))
    .map(async (name) => {
      const command = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
      const place = await readlink(`/proc/${name}/cwd`).catch(() => '');
      return `${command} ${place}`.includes(folder) ? [{ pid: Number(name), command }] : [];
    });
  return (await Promise.all(found)).flat();
}
