import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a program printed, and how it exited. */
export interface Ending {
  stdout: string;
  stderr: string;
  exitCode: number | null;
}

/** The folder of a program in the sandbox. */
const BOX_FOLDER = '/tmp';

/** Runs a program with an interpreter of this machine, without any sandbox. */
export function runOnMachine(interpreter: string, fileName: string, code: string, input: string): Ending {
  // A longer path would make Node print some objects in several lines.
  const folder = mkdtempSync(join(tmpdir(), 'ci-'));
  try {
    writeFileSync(join(folder, fileName), code);
    const { stdout, stderr, status } = spawnSync(interpreter, [fileName], {
      cwd: folder,
      input,
      encoding: 'utf8',
      env: { HOME: '/tmp', LANG: 'C.UTF-8', PATH: '/bin' },
    });
    return comparable({ stdout, stderr, exitCode: status }, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Removes what is never the same twice: the folder, addresses and durations. */
export function comparable({ stdout, stderr, exitCode }: Ending, folder = BOX_FOLDER): Ending {
  const clean = (text: string) =>
    text
      .replaceAll(`file://${folder}/`, '')
      .replaceAll(`${folder}/`, '')
      .replace(/\b0x[\da-f]+/g, '0x0')
      .replace(/(duration_ms:?) [\d.]+/g, '$1 0');
  return { stdout: clean(stdout), stderr: clean(stderr), exitCode };
}
