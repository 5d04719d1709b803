import { once } from 'node:events';
import autocannon from 'autocannon';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { Plan } from '../plan.ts';
import { type ServerProcess, startProduct } from '../server-process.ts';
import { median, medianRatio } from '../statistics.ts';
import { printTable, short } from '../table.ts';

const OPERATOR_KEY = 'the key of the benchmark, of 38 letters';
const CONNECTIONS = 8;
const SESSIONS = 80;
const CROWD = 300;
/** How often a pair of servers is measured, before and after its code is warm. */
const WARM_TURNS = 2;
const TURNS = 4;
const MODES = ['closed', 'open'] as const;
type Mode = (typeof MODES)[number];
type Rates = Readonly<Record<Mode, number[]>>;

/** A session, and what its host shows. */
interface Target {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly params: object | undefined;
}

interface Side {
  readonly server: ServerProcess;
  readonly targets: readonly Target[];
}

let turn = 0;
const program = () => {
  turn += 1;
  return `print(${String(turn).padStart(9, '0')})`;
};

const QUERY = 'query ($id: ID!) { session(id: $id) { id seq code language } }';
const MUTATION =
  'mutation ($id: ID!, $code: String!) { updateSession(input: { id: $id, code: $code }) { __typename } }';

const OPERATIONS: Record<string, (target: Target) => Pick<autocannon.Request, 'method' | 'path' | 'body'>> = {
  'REST get': ({ id }) => ({ method: 'GET', path: `/api/v1/sessions/${id}` }),
  'REST patch': ({ id }) => ({
    method: 'PATCH',
    path: `/api/v1/sessions/${id}`,
    body: JSON.stringify({ code: program() }),
  }),
  'GraphQL get': ({ id }) => graphql(QUERY, { id }),
  'GraphQL patch': ({ id }) => graphql(MUTATION, { id, code: program() }),
};

const MEASURES: Record<string, (side: Side, seconds: number) => Promise<number>> = {
  ...Object.fromEntries(
    Object.entries(OPERATIONS).map(([name, toRequest]) => [
      `${name}, req/s`,
      (side: Side, seconds: number) => load(side, toRequest, seconds),
    ]),
  ),
  [`events to ${CROWD} subscribers, deliveries/s`]: flood,
};

function graphql(query: string, variables: object) {
  return { method: 'POST' as const, path: '/graphql', body: JSON.stringify({ query, variables }) };
}

/**
 * Measures servers whose access is closed, with participant tokens, next to servers whose access is open, without. Two
 * processes of one mode differ by up to a tenth, so each round has new ones.
 */
export async function benchAccess(
  databaseUrl: (mode: Mode, round: number) => string,
  plan: Plan,
): Promise<void> {
  const measured = Object.entries(MEASURES).map(([name, measure]) => {
    const rates: Rates = { closed: [], open: [] };
    return { name, measure, rates };
  });
  for (let round = 0; round < plan.rounds; round += 1) {
    const sides = {
      closed: await startSide('closed', databaseUrl('closed', round)),
      open: await startSide('open', databaseUrl('open', round)),
    };
    try {
      for (const { measure, rates } of measured) {
        await compare((mode) => measure(sides[mode], plan.seconds), rates);
      }
    } finally {
      await Promise.all(MODES.map((mode) => sides[mode].server.stop()));
    }
  }
  printTable(
    'Access closed, with a participant token, next to access open, without a credential',
    ['', 'ratio', 'closed', 'open'],
    measured.map(({ name, rates: { closed, open } }) => [
      name,
      short(medianRatio(closed, open)),
      short(median(closed)),
      short(median(open)),
    ]),
  );
}

/** Measures each mode in turns, and adds the rates to those that are known. The first turns let the code get warm. */
async function compare(measure: (mode: Mode) => Promise<number>, rates: Rates): Promise<void> {
  for (let count = 0; count < WARM_TURNS + TURNS; count += 1) {
    for (const mode of count % 2 === 0 ? MODES : MODES.toReversed()) {
      const rate = await measure(mode);
      if (count >= WARM_TURNS) rates[mode].push(rate);
    }
  }
}

async function startSide(mode: Mode, databaseUrl: string): Promise<Side> {
  const settings = { ACCESS: mode, OPERATOR_KEY, LOG_LEVEL: 'info', SANDBOX_WAITING: '0' };
  const server = await startProduct(databaseUrl, settings);
  const key = { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/json' };
  const targets: Target[] = [];
  for (let count = 0; count < SESSIONS; count += 1) {
    const post = async (path: string, body: object) => {
      const init = { method: 'POST', headers: key, body: JSON.stringify(body) };
      return (await fetch(`${server.url}/api/v1/sessions${path}`, init)).json();
    };
    const { id } = z.object({ id: z.string() }).parse(await post('', {}));
    const participant = await post(`/${id}/participants`, { role: 'host' });
    const { token } = z.object({ token: z.string() }).parse(participant);
    const isClosed = mode === 'closed';
    const headers = {
      'content-type': 'application/json',
      ...(isClosed && { authorization: `Bearer ${token}` }),
    };
    targets.push({ id, headers, params: isClosed ? { token } : undefined });
  }
  return { server, targets };
}

async function load(
  { server, targets }: Side,
  toRequest: (target: Target) => Pick<autocannon.Request, 'method' | 'path' | 'body'>,
  seconds: number,
): Promise<number> {
  let connections = 0;
  const setupClient = (client: autocannon.Client) => {
    const share = targets.filter((_, index) => index % CONNECTIONS === connections);
    connections += 1;
    let next = 0;
    const setupRequest = (request: autocannon.Request) => {
      next += 1;
      const target = share[next % share.length];
      if (!target) throw new Error('There is no session');
      return { ...request, headers: { ...target.headers }, ...toRequest(target) };
    };
    client.setRequests([{ setupRequest }]);
  };
  const result = await autocannon({
    url: server.url,
    connections: CONNECTIONS,
    duration: seconds,
    setupClient,
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${result.non2xx + result.errors} requests failed`);
  return result['2xx'] / result.duration;
}

/** Returns how many events arrive a second while the program is changed as fast as it goes. */
async function flood({ server, targets: [target] }: Side, seconds: number): Promise<number> {
  if (!target) throw new Error('There is no session');
  let received = 0;
  const sockets = await Promise.all(Array.from({ length: CROWD }, () => subscribe(server.url, target)));
  for (const socket of sockets) {
    socket.on('message', () => {
      received += 1;
    });
  }
  const start = performance.now();
  let sent = 0;
  for (; performance.now() - start < seconds * 1_000; sent += 1) {
    const body = JSON.stringify({ code: program() });
    const init = { method: 'PATCH', headers: target.headers, body };
    await (await fetch(`${server.url}/api/v1/sessions/${target.id}`, init)).text();
  }
  for (; received < sent * CROWD; ) await new Promise((resolve) => setTimeout(resolve, 1));
  const rate = received / ((performance.now() - start) / 1_000);
  for (const socket of sockets) socket.terminate();
  return rate;
}

async function subscribe(url: string, { id, params }: Target): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  const send = (message: object) => socket.send(JSON.stringify(message));
  send({ type: 'connection_init', payload: params });
  await once(socket, 'message');
  const query = 'subscription ($id: ID!) { sessionEvents(sessionId: $id) { seq } }';
  send({ id: '1', type: 'subscribe', payload: { query, variables: { id } } });
  // A pong comes after what was sent before it has been taken.
  send({ type: 'ping' });
  await once(socket, 'message');
  return socket;
}
