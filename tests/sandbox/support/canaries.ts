import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const CANARY = 'canary-5e1f0c';

/** Traps that no program may reach: a file and a listener on loopback. World adds an environment variable. */
export interface Canaries {
  file: string;
  port: number;
  /** Returns which canary was reached, given the output of a program; null when none was. */
  disturbed(output: string): string | null;
  remove(): Promise<void>;
}

export async function createCanaries(): Promise<Canaries> {
  const folder = mkdtempSync(join(tmpdir(), 'canary-'));
  const file = join(folder, 'canary.txt');
  writeFileSync(file, CANARY);
  let reached = 0;
  const server = createServer((socket) => {
    reached++;
    // The program that connected may be killed at any time.
    socket.on('error', () => {});
    socket.end(CANARY);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The canary has no port');
  return {
    file,
    port: address.port,
    disturbed(output) {
      if (output.includes(CANARY)) return 'a canary was read';
      if (readFileSync(file, 'utf8') !== CANARY) return 'the canary file was changed';
      return reached > 0 ? 'the canary listener was reached' : null;
    },
    async remove() {
      rmSync(folder, { recursive: true, force: true });
      // Does not wait for a program that holds a connection open.
      server.close();
      server.unref();
    },
  };
}
