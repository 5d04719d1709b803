import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { SandboxKind } from '../../../src/sandbox/sandbox.ts';
import { type ServerProcess, spawnServer } from '../../support/process.ts';
import { CANARY } from './canaries.ts';
import { type CorpusCase, LIMITS, MEGABYTE } from './corpus-case.ts';
import { descendantsOf } from './processes.ts';

const execution = z.object({
  status: z.string(),
  stdout: z.string(),
  stderr: z.string(),
  error: z.string().nullable(),
  exitCode: z.number().nullable(),
  executionTime: z.number(),
  droppedBytes: z.number(),
});

const answer = z.object({ data: z.object({ executeCode: z.object({ execution }) }) });

/** The outcome of a program over GraphQL. `elapsed` is the duration of the request in milliseconds. */
export type Ending = z.output<typeof execution> & { elapsed: number };

/** The resources of the host that a server and its sandbox use. */
export interface Holdings {
  processes: number;
  /** Processes of the pool: they load, or wait for a program. */
  waiting: number;
  descriptors: number;
  mounts: string;
  files: string[];
}

/** A server in its own process. The corpus attacks its sandbox. */
export interface World {
  readonly kind: SandboxKind;
  readonly api: string;
  /** How many processes wait for a program when the pool is full: one for each runtime. */
  readonly runtimes: number;
  run(each: Omit<CorpusCase, 'name' | 'verdict'>): Promise<Ending>;
  holdings(): Holdings;
  /** Resident memory of the server and its supervisor, in bytes. */
  memory(): number;
  close(): Promise<void>;
}

const MUTATION = `mutation ($input: ExecuteCodeInput!) {
  executeCode(input: $input) {
    ... on ExecuteCodePayload {
      execution { status stdout stderr error exitCode executionTime droppedBytes }
    }
  }
}`;

/** Starts a server with this kind of sandbox. Its environment contains the canary. */
export async function openWorld(kind: SandboxKind): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'attacked-'));
  // Programs run as other users, which need access to the folder.
  chmodSync(folder, 0o755);
  const server = spawnServer(
    {
      CANARY,
      SANDBOX: kind,
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: `file:${join(folder, 'attacked.db')}`,
      TMPDIR: folder,
      BODY_LIMIT: String(8 * MEGABYTE),
      OUTPUT_LIMIT: String(LIMITS.outputBytes),
      MAX_RUNNING: '4',
      LOG_LEVEL: 'info',
    },
    folder,
  );
  const url = await listening(server).catch(async (error) => {
    await stop(server, 'SIGKILL', folder);
    throw error;
  });
  const pid = server.child.pid ?? 0;
  return {
    kind,
    api: `${url}/api/v1`,
    runtimes: existsSync('/proc/self/stat') ? 2 : 0,
    run: (each) => run(`${url}/graphql`, each),
    holdings: () => holdingsOf(pid, folder),
    memory: () => [pid, ...supervisorsOf(pid)].reduce((sum, each) => sum + residentBytes(each), 0),
    close: () => stop(server, 'SIGTERM', folder),
  };
}

async function run(
  graphql: string,
  { language, code, stdin, limits = {} }: Omit<CorpusCase, 'name' | 'verdict'>,
): Promise<Ending> {
  const { wallTimeMs, ...others } = { ...LIMITS, ...limits };
  const input = { language: language.toUpperCase(), code, stdin, timeoutMs: wallTimeMs, limits: others };
  const began = performance.now();
  const response = await fetch(graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: MUTATION, variables: { input } }),
  });
  const { data } = answer.parse(await response.json());
  return { ...data.executeCode.execution, elapsed: performance.now() - began };
}

function holdingsOf(pid: number, folder: string): Holdings {
  const own = [pid, ...supervisorsOf(pid)];
  const descendants = descendantsOf(pid);
  return {
    processes: descendants.length,
    waiting: descendants.filter(isWaitingGuest).length,
    descriptors: own.reduce((sum, each) => sum + list(`/proc/${each}/fd`).length, 0),
    mounts: own.map((each) => read(`/proc/${each}/mounts`)).join(''),
    files: readdirSync(folder, { recursive: true })
      .map(String)
      .filter((name) => !name.includes('.db'))
      .sort(),
  };
}

/** Whether it is an interpreter with the argument `wait`. The wrappers that start it (bwrap) have that argument too. */
function isWaitingGuest(pid: number): boolean {
  const [file = '', ...args] = read(`/proc/${pid}/cmdline`).split('\0').slice(0, -1);
  return /^(deno|node|python)/.test(basename(file)) && args.at(-1) === 'wait';
}

/** Returns the pids of the supervisors. */
function supervisorsOf(pid: number): number[] {
  return descendantsOf(pid).filter((each) => read(`/proc/${each}/cmdline`).includes('supervisor'));
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

async function listening(server: ServerProcess): Promise<string> {
  const [, url = ''] = await server.waitFor(/listens on (\S+)/);
  return url;
}

async function stop(server: ServerProcess, signal: NodeJS.Signals, folder: string): Promise<void> {
  server.child.kill(signal);
  await server.exit();
  rmSync(folder, { recursive: true, force: true });
}
