import { existsSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createWorkspace } from '../../src/sandbox/workspace.ts';

const NAMESPACE = '/proc/self/ns/pid';
/** Above every process id that Linux gives. */
const NO_PROCESS = 4_194_305;

test.runIf(existsSync(NAMESPACE))(
  'a start deletes the folders of processes that have ended, and leaves those of other PID namespaces alone',
  async () => {
    const parent = await mkdtemp(join(tmpdir(), 'workspace-test-'));
    onTestFinished(() => rm(parent, { recursive: true }));
    const own = Number(/\d+/.exec(readlinkSync(NAMESPACE))?.[0]);
    const [dead, foreign] = [own, own + 1].map(
      (namespace) => `codeinterview-sandbox-${namespace}-${NO_PROCESS}-x`,
    );
    for (const name of [dead, foreign]) await mkdir(join(parent, name ?? ''));
    const workspace = await createWorkspace(parent, { separateRoot: false });
    const names = await readdir(parent);
    expect(names).toContain(foreign);
    expect(names).not.toContain(dead);
    await workspace.remove();
    expect(await readdir(parent)).toEqual([foreign]);
  },
);
