import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createLocalSandbox } from '../../src/sandbox/create.ts';
import type { Language, Outcome, SandboxKind } from '../../src/sandbox/sandbox.ts';
import { availableKinds } from './support/kinds.ts';

const MEGABYTE = 2 ** 20;

const LIMITS = {
  cpuTimeMs: 10_000,
  wallTimeMs: 20_000,
  memoryBytes: 96 * MEGABYTE,
  outputBytes: 2 ** 14,
  processes: 10,
};

/** How long the supervisor looks away. The programs take what they want in that time. */
const AWAY_MS = 2_000;

const THREADS = `import threading, time
for _ in range(20): threading.Thread(target=time.sleep, args=(20,)).start()`;

const MEMORY = 'const all = Buffer.alloc(300 * 2 ** 20, 1); setInterval(() => all, 1000);';

const kinds = await availableKinds();

it.runIf(kinds.includes('bubblewrap'))(
  'counts threads that started before anybody looked',
  async () => {
    expect(await runUnwatched('bubblewrap', 'python', THREADS)).toMatchObject({ verdict: 'PROCESS_LIMIT' });
  },
  60_000,
);

it.each(kinds)(
  'counts memory that was taken before anybody looked (%s)',
  async (kind) => {
    expect(await runUnwatched(kind, 'javascript', MEMORY)).toMatchObject({ verdict: 'MEMORY_LIMIT' });
  },
  60_000,
);

/** Runs a program while the process that watches it does not get the processor. */
async function runUnwatched(kind: SandboxKind, language: Language, code: string): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-test-'));
  // Programs run as other users, which need access to the folder.
  chmodSync(folder, 0o755);
  const options = { kind, running: 1, waiting: 0, waitingBytes: 0, ceiling: LIMITS, packageFolders: {} };
  const { sandbox } = await createLocalSandbox(options, folder);
  onTestFinished(async () => {
    await sandbox.close();
    rmSync(folder, { recursive: true });
  });
  const { outcome } = sandbox.run({ language, code, limits: LIMITS }, () => {});
  const until = performance.now() + AWAY_MS;
  while (performance.now() < until);
  return outcome;
}
