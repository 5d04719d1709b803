import autocannon from 'autocannon';
import { quantile } from '../statistics.ts';
import type { Answer } from './answer.ts';
import { joinedUser, type Operation, type Target } from './operations.ts';

export const CONNECTIONS = 8;

export interface Load {
  url: string;
  operation: Operation;
  /** What is answered to each step. Any other status or length of body is a mistake. */
  expected: readonly Answer[];
  /** At least one for each connection. */
  sessions: readonly Target[];
  seconds: number;
  isBare: boolean;
}

export interface Measured {
  perSecond: number;
  p99: number;
}

/** So that no patch writes what is there already. */
let turn = 0;

/**
 * Keeps eight connections busy, each with its next request as soon as it has its answer. The sessions are
 * shared out: each connection walks through its own, so no two requests at once are about one session.
 */
export async function load(options: Load): Promise<Measured> {
  const { url, seconds } = options;
  const times: number[] = [];
  const wrong: string[] = [];
  const start = performance.now();
  let end = start;
  let connections = 0;
  await new Promise<void>((resolve, reject) => {
    const run = autocannon(
      {
        url,
        connections: CONNECTIONS,
        duration: seconds,
        sampleInt: 100,
        setupClient: (client) => {
          const share = options.sessions.filter((_, index) => index % CONNECTIONS === connections);
          connections += 1;
          client.setRequests(requestsOf(options, share, wrong));
        },
      },
      (error) => (error ? reject(error) : resolve()),
    );
    // autocannon's own histogram knows whole milliseconds alone.
    run.on('response', (_client, _status, _bytes, time) => {
      end = performance.now();
      times.push(time);
    });
    run.on('reqError', reject);
  });
  if (wrong.length > 0) throw new Error(`${wrong.length} answers of ${times.length} were wrong: ${wrong[0]}`);
  return { perSecond: (times.length / (end - start)) * 1000, p99: quantile(times, 0.99) };
}

/** Returns the requests that one connection repeats: the steps of the operation, then for its next session. */
function requestsOf(
  { operation, expected, isBare }: Load,
  share: readonly Target[],
  wrong: string[],
): autocannon.Request[] {
  let next = 0;
  let joined: string | undefined;
  return operation.steps.map((step, index) => ({
    setupRequest: (request) => {
      if (index === 0) next += 1;
      turn += 1;
      const target = share[next % share.length];
      if (!target) throw new Error(`There is no session to ${operation.name}`);
      const wanted = step.request({ ...target, userId: joined ?? target.userId }, turn);
      const prefix = isBare ? `/${expected[index]?.number}` : '';
      return { ...request, ...wanted, path: prefix + wanted.path };
    },
    onResponse: (status, body) => {
      if (status !== expected[index]?.status || body.length !== expected[index]?.body.length) {
        wrong.push(`${status} ${body}`);
      }
      joined = joinedUser(body);
    },
  }));
}
