import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerProcess } from '../server-process.ts';
import type { Answer } from './answer.ts';
import { joinedUser, OPERATIONS, type Operation, type Request } from './operations.ts';
import { createSessions } from './sessions.ts';

/** After this long without a line the log of a request is complete. */
const QUIET_MS = 60;

/** Headers that every HTTP server sets by itself. */
const OWN_HEADERS = ['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding'];

export interface Probe {
  operation: Operation;
  /** One for each step. */
  answers: readonly Answer[];
  /** SQL statements of each step, BEGIN and COMMIT aside. */
  statements: readonly number[];
}

/** Sends every operation once to a server that logs its SQL. */
export async function probe(server: ServerProcess): Promise<Probe[]> {
  const probes: Probe[] = [];
  let number = 0;
  for (const operation of OPERATIONS) {
    let [target] = await createSessions(server.url, 1);
    const answers: Answer[] = [];
    const statements: number[] = [];
    for (const step of operation.steps) {
      if (!target) throw new Error('There is no session to probe');
      await quiet(server);
      const before = server.output().length;
      const answer = await send(server.url, step.request(target, 0));
      await quiet(server);
      number += 1;
      answers.push({ number, route: step.route, ...answer });
      statements.push(countStatements(server.output().slice(before)));
      target = { ...target, userId: joinedUser(answer.body) ?? target.userId };
    }
    probes.push({ operation, answers, statements });
  }
  return probes;
}

async function send(url: string, { path, ...init }: Request): Promise<Omit<Answer, 'number' | 'route'>> {
  const response = await fetch(url + path, init);
  const body = await response.text();
  // A failure has a message, at another place in each API.
  if (!response.ok || body.includes('"message":')) throw new Error(`${path} answered ${body}`);
  const headers = [...response.headers].filter(([name]) => !OWN_HEADERS.includes(name));
  return { method: init.method, status: response.status, headers: Object.fromEntries(headers), body };
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
