// Switches off one protection after another. A program of the corpus has to notice each.
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bubblewrapSandbox } from '../../src/sandbox/create.ts';
import { embeddedEnclosure } from '../../src/sandbox/enclosures/embedded.ts';
import { LocalSandbox } from '../../src/sandbox/local-sandbox.ts';
import { findDeno } from '../../src/sandbox/runtimes/deno.ts';
import { javascriptRuntime } from '../../src/sandbox/runtimes/javascript.ts';
import type { Limits } from '../../src/sandbox/sandbox.ts';
import { createWorkspace } from '../../src/sandbox/workspace.ts';
import { createCanaries } from './support/canaries.ts';
import type { CorpusCase } from './support/corpus-case.ts';
import { execute } from './support/execute.ts';
import { familiesFor } from './support/families.ts';
import { findings } from './support/findings.ts';
import { availableKinds, OPTIONS } from './support/kinds.ts';

const kinds = await availableKinds();
const canaries = await createCanaries();
const folder = mkdtempSync(join(tmpdir(), 'weakened-'));
chmodSync(folder, 0o755);
afterAll(async () => {
  await canaries.remove();
  rmSync(folder, { recursive: true });
});

const OPEN = { ...OPTIONS, waiting: 0, ceiling: limitsOf(Number.MAX_SAFE_INTEGER) };
const ALL = ['user', 'ipc', 'pid', 'net', 'uts', 'cgroup'];
const sharing = (...names: string[]): [string[], string[]] => [
  ['--unshare-all'],
  ALL.filter((name) => !names.includes(name)).map((name) => `--unshare-${name}`),
];

/** A protection, the edits of bwrap's arguments that switch it off, and the program that notices. */
const BOX: [string, [string[], string[]][], string][] = [
  ['the namespace of processes', [sharing('pid')], 'is in namespaces of its own'],
  ['the namespace of the network', [sharing('net')], 'is in namespaces of its own'],
  ['the namespace of System V', [sharing('ipc')], 'is in namespaces of its own'],
  [
    'the namespace of names',
    [sharing('uts'), [['--hostname', 'sandbox'], []]],
    'is in namespaces of its own',
  ],
  ['the namespace of groups', [sharing('cgroup')], 'is in namespaces of its own'],
  ['the filter', [[['--seccomp', '3'], []]], 'asks the kernel for more'],
  ['the filter and the namespace of the network', [[['--seccomp', '3'], []], sharing('net')], 'dials out'],
  [
    'the ban on more users',
    [
      [['--seccomp', '3'], []],
      [['--disable-userns'], []],
    ],
    'makes no users of its own',
  ],
  ['the read-only root', [[['--ro-bind'], ['--bind']]], 'has a read-only root'],
  [
    'the hidden memory',
    [[['--ro-bind', '/dev/null', '/proc/1/mem'], []]],
    'opens the memory of the first process',
  ],
  ['the read-only devices', [[['--remount-ro', '/dev'], []]], 'writes outside its folder'],
  [
    'the size of the folder',
    [
      [
        ['--size', '33554432'],
        ['--size', '134217728'],
      ],
      [['--fsize'], []],
    ],
    'has a small folder',
  ],
  [
    'the size of shared memory',
    [
      [
        ['--size', '4194304'],
        ['--size', '33554432'],
      ],
    ],
    'shares little memory by name',
  ],
  ['the session', [[['--new-session'], []]], 'is a session of its own'],
  ...['--core', '--nofile', '--fsize', '--cpu', '--nproc', '--stack'].map(
    (limit): [string, [string[], string[]][], string] => [
      `the limit ${limit}`,
      [[[limit], []]],
      'is held to limits by the kernel',
    ],
  ),
  ['the empty environment', [[['env'], []]], 'reads the environment of the first process'],
];

/** The same for programs in Node. */
const NODE_BOX: typeof BOX = [
  ['the separate root', [[['root'], []]], 'reads files of the host'],
  ['the filter', [[['--seccomp', '3'], []]], 'opens the inspector'],
  ['the filter and the namespace of the network', [[['--seccomp', '3'], []], sharing('net')], 'dials out'],
  ['the empty environment', [[['env'], []]], 'reads the environment'],
  ['the namespace of processes', [sharing('pid')], 'looks for what started it'],
  ['the user of the box', [[['--uid', '65534'], []]], 'looks for what started it'],
];

/** What the guest does before a program in Node, what it does instead, and the program that notices. */
const GUEST: [string, string, string][] = [
  ['process.argv.splice(2)', 'process.argv.slice(2)', 'looks for what started it'],
  ["process.title = 'node';", '', 'looks for what started it'],
  ['process.execArgv = [];', '', 'looks for what started it'],
  ['process.execArgv = [];', '', 'children of its own'],
  ['delete require.cache[file];', '{}', 'looks for what started it'],
  ['process[name]._handle.setBlocking(true);', '', 'a megabyte at once'],
];

describe.runIf(kinds.includes('bubblewrap'))('bubblewrap', () => {
  it.each(BOX)('without %s, the corpus notices', async (_, edits, name) => {
    const sandbox = await bubblewrapSandbox(OPEN, folder, weakened(edits));
    await expectNoticed(sandbox, find('bubblewrap', name));
  });

  it.each(NODE_BOX)('without %s, the corpus in Node notices', async (_, edits, name) => {
    const sandbox = await bubblewrapSandbox(OPEN, folder, weakened(edits));
    await expectNoticed(sandbox, find('bubblewrap', name, 'node'));
  });

  it.each(GUEST)('when the guest replaces `%s` by `%s`, the corpus notices', async (old, other, name) => {
    const own = mkdtempSync(join(folder, 'guest-'));
    chmodSync(own, 0o755);
    const sandbox = await bubblewrapSandbox(OPEN, own);
    changeGuest(own, old, other);
    await expectNoticed(sandbox, find('bubblewrap', name));
  });
});

/** A permission of Deno, and the program that notices when it is granted. */
const PERMISSIONS: [string, string][] = [
  ['--allow-read', 'reads a file'],
  ['--allow-write', 'writes a file'],
  ['--allow-net', 'dials out by TCP'],
  ['--allow-run', 'starts a command'],
  ['--allow-ffi', 'opens a library'],
  ['--allow-sys', 'asks for the host'],
];

describe('embedded', () => {
  it.each(PERMISSIONS)('with %s, the corpus notices', async (flag, name) => {
    const workspace = await createWorkspace(folder, { separateRoot: false });
    const runtime = await javascriptRuntime(workspace, findDeno(), OPTIONS.ceiling.memoryBytes);
    const [run = '', ...args] = runtime.command.args;
    const command = { ...runtime.command, args: [run, flag, ...args] };
    const enclosure = await embeddedEnclosure();
    const sandbox = new LocalSandbox({ workspace, enclosure, runtimes: [{ ...runtime, command }] }, OPEN);
    await expectNoticed(sandbox, find('embedded', name));
  });
});

/** A limit that the supervisor enforces, and the program that notices when it is not enforced. */
const WATCHED: [keyof Limits, string][] = [
  ['cpuTimeMs', 'burns the processor while it waits'],
  ['wallTimeMs', 'prints a word and hangs'],
  ['memoryBytes', 'many children, each under the limit'],
  ['outputBytes', 'prints too much and leaves at once'],
  ['processes', 'starts more than it may'],
];

describe.runIf(kinds.includes('bubblewrap'))('limits', () => {
  it.each(WATCHED)('without %s, the corpus notices', async (limit, name) => {
    const sandbox = await bubblewrapSandbox(OPEN, folder);
    const each = find('bubblewrap', name);
    const limits = { ...each.limits, wallTimeMs: 3_000, [limit]: limit === 'wallTimeMs' ? 60_000 : 2 ** 30 };
    await expectNoticed(sandbox, { ...each, limits }, limit === 'wallTimeMs' ? 4_000 : undefined);
  });
});

function find(kind: 'bubblewrap' | 'embedded', name: string, family?: string): CorpusCase {
  const families = familiesFor(kind, canaries).filter(([each]) => family === undefined || each === family);
  const cases = families.flatMap(([, each]) => each);
  const found = cases.find((each) => each.name === name);
  if (!found) throw new Error(`There is no program "${name}"`);
  return found;
}

async function expectNoticed(sandbox: LocalSandbox, each: CorpusCase, cancelAfterMs?: number): Promise<void> {
  const result = await execute(sandbox, each, cancelAfterMs).finally(() => sandbox.close());
  const noticed = findings(each, { ...result, status: result.verdict });
  expect(noticed, JSON.stringify(result)).not.toEqual([]);
  expect(result, noticed.join()).not.toMatchObject({ verdict: 'SANDBOX_ERROR' });
}

function limitsOf(most: number): Limits {
  return { cpuTimeMs: most, wallTimeMs: most, memoryBytes: 2 ** 30, outputBytes: most, processes: 4_096 };
}

/** Changes the copy of the guest in the workspace below this folder. */
function changeGuest(parent: string, old: string, other: string): void {
  const [workspace = ''] = readdirSync(parent);
  const file = join(parent, workspace, 'root/guest/preload.cjs');
  const source = readFileSync(file, 'utf8');
  expect(source).toContain(old);
  writeFileSync(file, source.replace(old, other));
}

/** Creates a script that edits its arguments and executes bwrap with them. Returns its path. */
function weakened(edits: readonly [string[], string[]][]): string {
  const file = join(mkdtempSync(join(folder, 'bwrap-')), 'bwrap');
  chmodSync(join(file, '..'), 0o755);
  const script = `#!/usr/bin/python3 -IS
import os, sys
args = sys.argv[1:]
for old, new in ${JSON.stringify(edits)}:
    if old == ["env"]: os.environ["CANARY"] = "leaked"
    if old == ["root"]:
        root = args.index("/") - 1
        folders = [each for each in os.listdir(args[root]) if each != "etc"]
        own = [each for name in folders for each in ("--ro-bind", f"{args[root]}/{name}", f"/{name}")]
        args[root - 1:root + 2] = ["--tmpfs", "/", *own, "--ro-bind", "/etc", "/etc", "--ro-bind", "/home", "/home"]
    for at in reversed(range(len(args))):
        if args[at:at + len(old)] == old or (len(old) == 1 and old[0] + "=" == args[at][:len(old[0]) + 1]):
            args[at:at + len(old)] = new
os.execv("/usr/bin/bwrap", ["bwrap", *args])
`;
  writeFileSync(file, script, { mode: 0o755 });
  return file;
}
