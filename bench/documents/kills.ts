import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { printTable } from '../table.ts';
import { DocumentClient, lettersOf, type Target } from './client.ts';
import type { installPeers } from './peers.ts';
import { type Side, startHocuspocus, startOurs } from './servers.ts';

const KILLS = 10;
const PER_SECOND = 200;
/** How long the first person types before the server is killed, and by how much longer each later one does. */
const FIRST_MS = 500;
const LONGER_MS = 200;

interface Contender {
  readonly name: string;
  start(): Promise<Side>;
}

/** Kills servers with SIGKILL while somebody types, and counts what they had acknowledged and have no more. */
export async function benchKills(
  folder: string,
  postgresqlUrl: string,
  peers: Awaited<ReturnType<typeof installPeers>>,
): Promise<void> {
  const contenders: Contender[] = [
    { name: 'CodeInterview, SQLite', start: () => startOurs('', `file:${folder}/kills.db`) },
    { name: 'CodeInterview, PostgreSQL', start: () => startOurs('', postgresqlUrl) },
  ];
  if (peers) {
    const start = () => startHocuspocus(peers, join(folder, 'hocuspocus-kills.db'));
    contenders.push({ name: 'Hocuspocus, SQLite, its defaults', start });
  }
  const rows: string[][] = [];
  for (const { name, start } of contenders) {
    let [acknowledged, lost] = [0, 0];
    let side = await start();
    for (let kill = 0; kill < KILLS; kill++) {
      const { client, target } = await typeUntilKilled(side, FIRST_MS + kill * LONGER_MS);
      await side.stop();
      side = await start();
      const stored = await countLetters(overHocuspocus(side, target), client.clientId);
      acknowledged += client.acknowledged;
      lost += Math.max(0, client.acknowledged - stored);
    }
    await side.stop();
    rows.push([name, String(acknowledged), String(lost)]);
  }
  printTable(
    `kill -9 while one person types, ${KILLS} times: edits that were acknowledged, and those of them that are lost`,
    ['', 'acknowledged', 'lost'],
    rows,
  );
}

async function typeUntilKilled(side: Side, ms: number) {
  const [[target] = []] = await side.documents(1, 1);
  const [server] = side.processes;
  if (!target || !server) throw new Error('There is no server');
  const client = await DocumentClient.open(overHocuspocus(side, target));
  client.onUpdate = () => {};
  const end = performance.now() + ms;
  while (performance.now() < end) {
    client.type();
    await pause(1_000 / PER_SECOND);
  }
  server.signal('SIGKILL');
  await client.closed;
  return { client, target };
}

function overHocuspocus({ hocuspocusUrl: url }: Side, { name, token }: Target): Target {
  return { framing: 'Hocuspocus', url, name, token };
}

/** Reads a document, and counts what a client has inserted into it. */
async function countLetters(target: Target, clientId: number): Promise<number> {
  const reader = await DocumentClient.open(target);
  reader.onUpdate = () => {};
  let count = 0;
  await new Promise<void>((resolve) => {
    reader.onState = (state) => {
      lettersOf(state, (author) => {
        if (author === clientId) count += 1;
      });
      resolve();
    };
    reader.sync();
  });
  await reader.close();
  return count;
}
