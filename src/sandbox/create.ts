import { bubblewrapEnclosure, findBwrap } from './enclosures/bubblewrap.ts';
import { type Cgroup, enterCgroup } from './enclosures/cgroup.ts';
import { embeddedEnclosure } from './enclosures/embedded.ts';
import { LocalSandbox } from './local-sandbox.ts';
import { cpythonRuntime, findCPython } from './runtimes/cpython.ts';
import { findDeno } from './runtimes/deno.ts';
import { javascriptRuntime } from './runtimes/javascript.ts';
import { addLibraries } from './runtimes/libraries.ts';
import { pyodideRuntime } from './runtimes/pyodide.ts';
import type { Language, Limits, SandboxOptions } from './sandbox.ts';
import { createWorkspace } from './workspace.ts';

/** A sandbox that works, and why each stronger one does not. */
export interface Created {
  sandbox: LocalSandbox;
  failures: readonly string[];
}

/**
 * Makes the strongest sandbox that works on this host, or the one that is asked for; `folder` is where it keeps
 * what guests read. Whether one works is found by running a program in each language. Throws when none does.
 */
export async function createLocalSandbox(options: SandboxOptions, folder: string): Promise<Created> {
  const failures: string[] = [];
  for (const attempt of attempts(options, folder)) {
    try {
      return { sandbox: await tried(attempt), failures };
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(`The sandbox \`${options.kind}\` does not work here: ${failures.join('; ')}`);
}

/** From the strongest to the weakest. */
function attempts(options: SandboxOptions, folder: string): (() => Promise<LocalSandbox>)[] {
  const bubblewrap = () => bubblewrapSandbox(options, folder);
  const embedded = () => embeddedSandbox(options, folder);
  if (options.kind === 'auto') return [bubblewrap, embedded];
  return options.kind === 'bubblewrap' ? [bubblewrap] : [embedded];
}

/** A sandbox of this kind, untried. Throws when something that it is made of is not there. */
export async function bubblewrapSandbox(
  options: SandboxOptions,
  folder: string,
  bwrap = findBwrap(),
): Promise<LocalSandbox> {
  if (process.platform !== 'linux') throw new Error('bubblewrap: needs Linux');
  const { memoryBytes } = options.ceiling;
  // Root's own files are writable to root even without its powers, those of /proc/sys among them.
  const ownUsers = process.getuid?.() === 0;
  const workspace = await createWorkspace(folder, { ownRoot: true });
  let cgroup: Cgroup | null = null;
  try {
    cgroup = enterCgroup(boundsOf(options));
    const deno = findDeno();
    const cpython = await findCPython();
    const javascript = await javascriptRuntime(workspace, deno, memoryBytes);
    const python = cpython
      ? await cpythonRuntime(workspace, cpython)
      : await pyodideRuntime(workspace, deno, memoryBytes);
    await addLibraries(workspace, [deno.file]);
    const enclosure = await bubblewrapEnclosure({
      bwrap,
      workspace,
      ownUsers,
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

/** What an interpreter takes beside its program, generously: a bound for all is no limit for one. */
const INTERPRETER = { memoryBytes: 128 * 2 ** 20, tasks: 64 };

/** What all programs together, those that wait and this process itself may take. */
function boundsOf({ running, waiting, waitingBytes, ceiling }: SandboxOptions) {
  return {
    memoryBytes: (running + 1) * (ceiling.memoryBytes + INTERPRETER.memoryBytes) + waitingBytes,
    tasks: (running + 1) * (ceiling.processes + INTERPRETER.tasks) + 2 * waiting * INTERPRETER.tasks,
  };
}

async function embeddedSandbox(options: SandboxOptions, folder: string): Promise<LocalSandbox> {
  const { memoryBytes } = options.ceiling;
  const workspace = await createWorkspace(folder, { ownRoot: false });
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

const HELLO: Record<Language, string> = {
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

/** The sandbox, once a program has run well in each language. */
async function tried(create: () => Promise<LocalSandbox>): Promise<LocalSandbox> {
  const sandbox = await create();
  try {
    await Promise.all(sandbox.languages.map(({ language }) => sayHello(sandbox, language)));
    sandbox.refill();
    return sandbox;
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}

async function sayHello(sandbox: LocalSandbox, language: Language): Promise<void> {
  let said = '';
  const run = sandbox.run({ language, code: HELLO[language], limits: PROBE_LIMITS }, ({ text }) => {
    said += text;
  });
  run.endStdin();
  const { verdict, error } = await run.outcome;
  if (verdict === 'SUCCEEDED' && said === '42\n') return;
  throw new Error(`${sandbox.kind}: ${language}: ${run.complaint || error || said}`);
}
