import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../prisma/scratch.ts';
import { type ServerProcess, startProduct, startServerProcess } from '../server-process.ts';
import type { Framing, Target } from './client.ts';
import type { installPeers } from './peers.ts';

/** A server of documents, or several with the same ones. */
export interface Side {
  readonly name: string;
  readonly processes: readonly ServerProcess[];
  /** Where the first process speaks Hocuspocus' protocol, if it does. */
  readonly hocuspocusUrl: string;
  /** Returns where so many people open so many documents. */
  documents(count: number, people: number): Promise<Target[][]>;
  stop(): Promise<void>;
}

const webSocketUrl = ({ url }: ServerProcess) => url.replace('http', 'ws');

/** A server that takes any name of a document. */
async function anyNames(name: string, framing: Framing, args: string[], env = {}): Promise<Side> {
  const server = await startServerProcess(args, env);
  const url = webSocketUrl(server);
  let made = 0;
  return {
    name,
    processes: [server],
    hocuspocusUrl: url,
    stop: () => server.stop(),
    documents: async (count, people) =>
      Array.from({ length: count }, () => {
        const document = `document-${made++}`;
        const target = {
          framing,
          url: framing === 'Hocuspocus' ? url : `${url}/${document}`,
          name: document,
          token: '',
        };
        return Array.from({ length: people }, () => target);
      }),
  };
}

function startScript(name: string, script: URL, args: string[] = []): Promise<Side> {
  return anyNames(name, 'y-websocket', [...process.execArgv, fileURLToPath(script), ...args]);
}

export function startRelay(): Promise<Side> {
  return startScript('bare ws relay', new URL('relay.ts', import.meta.url));
}

/** The relay that sends nothing on before it is in the file. */
export function startStoringRelay(file: string): Promise<Side> {
  const script = new URL('storing-relay.ts', import.meta.url);
  return startScript('bare ws relay that stores first', script, [file]);
}

type Peers = NonNullable<Awaited<ReturnType<typeof installPeers>>>;

export function startYWebSocket({ yWebSocket }: Peers): Promise<Side> {
  return anyNames("y-websocket's server, memory", 'y-websocket', [yWebSocket]);
}

/** Hocuspocus, which stores documents in a file if one is named. */
export function startHocuspocus({ hocuspocus }: Peers, file?: string): Promise<Side> {
  const name = file ? 'Hocuspocus, SQLite, debounced' : 'Hocuspocus, memory';
  return anyNames(name, 'Hocuspocus', [hocuspocus], file ? { HOCUSPOCUS_FILE: file } : {});
}

const SETTINGS = { SANDBOX_WAITING: '0', MAX_SOCKETS_PER_ADDRESS: '5000' };

/** So many instances of the product, which share a Redis if they are several. */
export async function startOurs(name: string, databaseUrl: string, instances = 1): Promise<Side> {
  const redis = instances > 1 ? await startRedis() : null;
  const settings = { ...SETTINGS, ...(redis && { REDIS_URL: redis.url }) };
  const processes: ServerProcess[] = [];
  for (let i = 0; i < instances; i++) processes.push(await startProduct(databaseUrl, settings));
  return {
    name,
    processes,
    hocuspocusUrl: processes[0] ? `${webSocketUrl(processes[0])}/yjs` : '',
    documents: async (count, people) => {
      const documents: Target[][] = [];
      for (let i = 0; i < count; i++) documents.push(await newSession(processes, people));
      return documents;
    },
    stop: async () => {
      await Promise.all(processes.map((server) => server.stop()));
      redis?.stop();
    },
  };
}

async function newSession(processes: readonly ServerProcess[], people: number): Promise<Target[]> {
  const api = `${processes[0]?.url}/api/v1/sessions`;
  const create = async (url: string) => (await (await fetch(url, { method: 'POST' })).json()).id;
  const name = await create(api);
  const targets: Target[] = [];
  for (let i = 0; i < people; i++) {
    const token = await create(`${api}/${name}/users`);
    const server = processes[i % processes.length];
    if (!server) throw new Error('There is no server');
    const url = `${webSocketUrl(server)}/yjs/${name}?userId=${token}`;
    targets.push({ framing: 'y-websocket', url, name, token });
  }
  return targets;
}

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

async function startRedis() {
  const port = await freePort();
  const redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '']);
  await once(redis.stdout, 'data');
  return { url: `redis://127.0.0.1:${port}`, stop: () => redis.kill() };
}

const MS_PER_TICK = 10;
/** A server is quiet when it uses less than QUIET_MS of processor time in LOOK_MS. */
const LOOK_MS = 500;
const QUIET_MS = 30;
const MOST_LOOKS = 40;

/** Waits until a server is done with what joining and leaving leave to be done. */
export async function waitUntilQuiet(side: Side): Promise<void> {
  let before = await cpuTime(side);
  for (let look = 0; look < MOST_LOOKS; look++) {
    await pause(LOOK_MS);
    const now = await cpuTime(side);
    // NaN is not waited for.
    if (!(now - before >= QUIET_MS)) return;
    before = now;
  }
}

/** Returns the processor time that the servers have used, in milliseconds; NaN where the system is not Linux. */
export async function cpuTime({ processes }: Side): Promise<number> {
  let ticks = 0;
  for (const { pid } of processes) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // The name of the program, in brackets, may have spaces. The 14th and 15th fields are user and system time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * MS_PER_TICK;
}
