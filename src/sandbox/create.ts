import { bubblewrapEnclosure, findBwrap } from './enclosures/bubblewrap.ts';
import { type Cgroup, enterCgroup } from './enclosures/cgroup.ts';
import { embeddedEnclosure } from './enclosures/embedded.ts';
import { LocalSandbox } from './local-sandbox.ts';
import { cpythonRuntime, findCPython } from './runtimes/cpython.ts';
import { findDeno } from './runtimes/deno.ts';
import { javascriptRuntime } from './runtimes/javascript.ts';
import { nodeRuntime } from './runtimes/node.ts';
import { pyodideRuntime } from './runtimes/pyodide.ts';
import type { Runtime } from './runtimes/runtime.ts';
import { addSharedLibraries } from './runtimes/shared-libraries.ts';
import type { Language, Limits, SandboxOptions } from './sandbox.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

/** A sandbox that works. */
export interface CreatedSandbox {
  sandbox: LocalSandbox;
  /** For every stronger kind, why it does not work on this host. */
  failures: readonly string[];
}

/**
 * Creates the strongest sandbox that works on this host, or the requested kind. A sandbox works when it runs a
 * program in each language. Its workspace is created in `folder`. Throws with all reasons when no sandbox works.
 */
export async function createLocalSandbox(options: SandboxOptions, folder: string): Promise<CreatedSandbox> {
  const failures: string[] = [];
  for (const create of candidates(options, folder)) {
    try {
      return { sandbox: await createAndProbe(create), failures };
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(`The sandbox \`${options.kind}\` does not work here: ${failures.join('; ')}`);
}

/** Returns the factories of the allowed kinds, the strongest kind first. */
function candidates(options: SandboxOptions, folder: string): (() => Promise<LocalSandbox>)[] {
  const bubblewrap = () => bubblewrapSandbox(options, folder);
  const embedded = () => embeddedSandbox(options, folder);
  if (options.kind === 'auto') return [bubblewrap, embedded];
  return options.kind === 'bubblewrap' ? [bubblewrap] : [embedded];
}

/** Creates a `bubblewrap` sandbox without probing it. Throws when the host lacks a part of it. */
export async function bubblewrapSandbox(
  options: SandboxOptions,
  folder: string,
  bwrap = findBwrap(),
): Promise<LocalSandbox> {
  if (process.platform !== 'linux') throw new Error('bubblewrap: needs Linux');
  // Root could write its own files in a sandbox even without capabilities, those of /proc/sys among them.
  const separateUsers = process.getuid?.() === 0;
  const workspace = await createWorkspace(folder, { separateRoot: true });
  let cgroup: Cgroup | null = null;
  try {
    cgroup = enterCgroup(cgroupLimits(options));
    const javascript = await nodeRuntime(workspace, options.packageFolders.node);
    const python = await hostPython(workspace, options);
    const enclosure = await bubblewrapEnclosure({
      bwrap,
      workspace,
      separateUsers,
      cgroup,
      ceiling: options.ceiling,
    });
    return new LocalSandbox({ workspace, enclosure, runtimes: [javascript, python] }, options);
  } catch (error) {
    cgroup?.close();
    await workspace.remove();
    throw error;
  }
}

/** Returns the runtime of the host's CPython, or that of Pyodide where there is none. */
async function hostPython(workspace: Workspace, options: SandboxOptions): Promise<Runtime> {
  const { ceiling, packageFolders } = options;
  const cpython = await findCPython();
  if (cpython) return cpythonRuntime(workspace, cpython, packageFolders.python);
  const deno = findDeno();
  await addSharedLibraries(workspace, [deno.file]);
  return pyodideRuntime(workspace, deno, ceiling.memoryBytes);
}

/** An upper estimate of an interpreter's usage. The cgroup bounds all programs together, so it need not be tight. */
const INTERPRETER = { memoryBytes: 128 * 2 ** 20, tasks: 64 };

/** Returns the limits of all programs, the waiting processes and this process together. */
function cgroupLimits({ running, waiting, waitingBytes, ceiling }: SandboxOptions) {
  return {
    memoryBytes: (running + 1) * (ceiling.memoryBytes + INTERPRETER.memoryBytes) + waitingBytes,
    tasks: (running + 1) * (ceiling.processes + INTERPRETER.tasks) + 2 * waiting * INTERPRETER.tasks,
  };
}

/** Creates an `embedded` sandbox without probing it. */
async function embeddedSandbox(options: SandboxOptions, folder: string): Promise<LocalSandbox> {
  const { memoryBytes } = options.ceiling;
  const workspace = await createWorkspace(folder, { separateRoot: false });
  try {
    const deno = findDeno();
    const javascript = await javascriptRuntime(workspace, deno, memoryBytes);
    const python = await pyodideRuntime(workspace, deno, memoryBytes);
    const enclosure = await embeddedEnclosure();
    return new LocalSandbox({ workspace, enclosure, runtimes: [javascript, python] }, options);
  } catch (error) {
    await workspace.remove();
    throw error;
  }
}

const PROBE_PROGRAMS: Record<Language, string> = {
  javascript: 'console.log(6 * 7)',
  typescript: 'const answer: number = 6 * 7; console.log(answer)',
  python: 'print(6 * 7)',
};

const PROBE_LIMITS: Limits = {
  cpuTimeMs: 10_000,
  wallTimeMs: 20_000,
  memoryBytes: 64 * 2 ** 20,
  outputBytes: 2 ** 14,
  processes: 16,
};

/** Creates a sandbox, runs a program in each language and fills the pools. Throws when a program fails. */
async function createAndProbe(create: () => Promise<LocalSandbox>): Promise<LocalSandbox> {
  const sandbox = await create();
  try {
    await Promise.all(sandbox.languages.map(({ language }) => probeLanguage(sandbox, language)));
    sandbox.refill();
    return sandbox;
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}

async function probeLanguage(sandbox: LocalSandbox, language: Language): Promise<void> {
  let output = '';
  const run = sandbox.start(
    { language, code: PROBE_PROGRAMS[language], limits: PROBE_LIMITS },
    ({ text }) => {
      output += text;
    },
  );
  run.endStdin();
  const { verdict, error } = await run.outcome;
  if (verdict === 'SUCCEEDED' && output === '42\n') return;
  throw new Error(`${sandbox.kind}: ${language}: ${run.startupError || error || output}`);
}
