import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerProcess } from '../server-process.ts';
import type { Answer } from './answer.ts';
import { OPERATIONS, type Operation } from './operations.ts';
import { Rooms } from './rooms.ts';

/** After this long without a line the log of an operation is complete. */
const QUIET_MS = 60;

/** Headers that every HTTP server sets by itself. */
const OWN_HEADERS = ['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding'];

export interface Probe {
  operation: Operation;
  answer: Answer;
  /** SQL statements, BEGIN and COMMIT aside. */
  statements: number;
}

/** Sends every operation once to a server that logs its SQL. */
export async function probe(server: ServerProcess): Promise<Probe[]> {
  const rooms = new Rooms(server.url);
  const probes: Probe[] = [];
  for (const operation of OPERATIONS) {
    const target = await rooms.newRoom();
    await quiet(server);
    const before = server.output().length;
    const { path, ...init } = operation.request(target, 0);
    const response = await fetch(server.url + path, init);
    const body = await response.text();
    // A failure has a message, at another place in each API.
    if (!response.ok || body.includes('"message":')) throw new Error(`${path} answered ${body}`);
    await quiet(server);
    const headers = [...response.headers].filter(([name]) => !OWN_HEADERS.includes(name));
    probes.push({
      operation,
      answer: {
        method: init.method,
        route: operation.route,
        status: response.status,
        headers: Object.fromEntries(headers),
        body,
      },
      statements: countStatements(server.output().slice(before)),
    });
  }
  return probes;
}

async function quiet({ output }: ServerProcess): Promise<void> {
  for (let length = -1; length !== output().length; ) {
    length = output().length;
    await sleep(QUIET_MS);
  }
}

function countStatements(log: string): number {
  // A line that starts with `--` stands for the COMMIT that a driver does by itself.
  return log.match(/"query":"(?!BEGIN|COMMIT|ROLLBACK|--)/g)?.length ?? 0;
}
