import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientsOf } from './api-clients.ts';
import { stopAtEnd } from './cleanup.ts';
import { yEditor } from './documents.ts';
import { spawnServer } from './process.ts';

/** Starts a server process with a session and an editor of it, for somebody who attacks. */
export async function startVictim(code: string) {
  const folder = await mkdtemp(join(tmpdir(), 'codeinterview-attack-'));
  const settings = { HOST: '127.0.0.1', PORT: '0', DATABASE_URL: 'file:./data.db', SANDBOX_WAITING: '0' };
  const server = spawnServer(settings, folder);
  const url = await server.url();
  const client = clientsOf({ api: `${url}/api/v1`, graphql: `${url}/graphql` }).REST;
  const id = (await client.createSession({ code })).value?.id ?? '';
  const ann = (await client.join(id, 'Ann')).value?.id ?? '';
  const bob = (await client.join(id, 'Bob')).value?.id ?? '';
  const bystander = yEditor(url.replace('http', 'ws'), bob, id);
  await new Promise<void>((resolve) => bystander.provider.once('sync', () => resolve()));
  const stop = stopAtEnd(async () => {
    bystander.provider.destroy();
    server.child.kill('SIGKILL');
    await server.exit();
    await rm(folder, { recursive: true });
  });
  return { url, id, ann, bystander, client, stop, pid: server.child.pid ?? 0 };
}

export type Victim = Awaited<ReturnType<typeof startVictim>>;

/**
 * Returns a bound of the longest turn of the server's event loop during an action, in milliseconds. A turn lasts longer
 * where others use the processor, but on Linux it is known how long its thread ran.
 */
export async function longestTurn({ url, pid }: Victim, act: () => Promise<void>): Promise<number> {
  await loopDelay(url);
  const before = await runTime(pid);
  await act();
  const after = await runTime(pid);
  const delay = await loopDelay(url);
  return before === null || after === null ? delay : Math.min(delay, after - before);
}

/** Returns the longest delay of the event loop since the last call. */
async function loopDelay(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(metrics)?.[1]) * 1_000;
}

/** Returns how long the main thread of a process has run; null where the system does not tell. */
async function runTime(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => null);
  return text === null ? null : Number(text.split(' ')[0]) / 1e6;
}
