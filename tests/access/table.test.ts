import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { schema } from '../../src/schema.ts';
import { type AccessServer, startAccessServer } from '../support/closed-server.ts';
import { openEventStream } from '../support/event-stream.ts';
import { openSocket } from '../support/socket.ts';
import { outcomeOfHocuspocus, outcomeOfYWebSocket } from './support/documents.ts';
import type { Door, Outcome } from './support/doors.ts';
import { ROWS } from './support/rows.ts';
import { COLUMNS, type Column, createWorld, type World } from './support/world.ts';

let server: AccessServer;
let world: World;
beforeAll(async () => {
  server = await startAccessServer({ MAX_RUNNING: '4' }, { programs: true });
  world = await createWorld(server);
});
afterAll(() => server.close());

/** Each request comes from an address of its own, because ten failures of one slow it. */
let count = 0;
function headersOf(token: string | null): Record<string, string> {
  count += 1;
  return {
    'x-forwarded-for': `10.${count >> 16}.${(count >> 8) & 255}.${count & 255}`,
    ...(token !== null && { authorization: `Bearer ${token}` }),
  };
}

const OUTCOMES: Partial<Record<string, Outcome>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  SESSION_NOT_FOUND: 404,
  EXECUTION_NOT_FOUND: 404,
  INVITE_INVALID: 'invite',
};

interface Result {
  // biome-ignore lint/suspicious/noExplicitAny: the result of any operation
  readonly data?: any;
  readonly errors?: readonly { extensions?: { code?: string } }[];
}

function outcomeOf({ data, errors }: Result): Outcome {
  const code = errors ? (errors[0]?.extensions?.code ?? '') : data?.result?.code;
  if (errors && !OUTCOMES[code]) throw new Error(`Not a refusal: ${JSON.stringify(errors)}`);
  return OUTCOMES[code] ?? (data?.result === null ? 404 : 'yes');
}

async function overRest(method: string, path: string, body: object | undefined, token: string | null) {
  const response = await fetch(server.api + path, {
    method,
    headers: { 'content-type': 'application/json', ...headersOf(token) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.status < 400) return 'yes';
  expect(response.headers.get('www-authenticate')).toBe(response.status === 401 ? 'Bearer' : null);
  const { error } = JSON.parse(text);
  return OUTCOMES[error] ?? (response.status === 409 ? 'yes' : error);
}

type Transport = 'HTTP' | 'SSE' | 'WebSocket';
const TRANSPORTS: Record<Transport, (query: string, token: string | null) => Promise<Outcome>> = {
  HTTP: async (query, token) => {
    const response = await fetch(server.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headersOf(token) },
      body: JSON.stringify({ query }),
    });
    const result: Result = JSON.parse(await response.text());
    const outcome = outcomeOf(result);
    const isRefused = (outcome === 401 || outcome === 403) && isWhole(result);
    expect(response.status).toBe(isRefused ? outcome : 200);
    expect(response.headers.get('www-authenticate')).toBe(response.status === 401 ? 'Bearer' : null);
    return outcome;
  },
  SSE: async (query, token) => {
    const stream = await openEventStream(
      `${server.graphql}?${new URLSearchParams({ query })}`,
      headersOf(token),
    );
    const message = await stream.next();
    stream.stop();
    // A wrong credential is refused before there is a stream.
    if (!message && stream.status === 401) return 401;
    if (!message) throw new Error(`No message, status ${stream.status}`);
    if (message.event === 'complete') return 'yes';
    const result: Result = JSON.parse(message.data);
    const outcome = outcomeOf(result);
    const isRefused = (outcome === 401 || outcome === 403) && isWhole(result);
    expect(stream.status).toBe(isRefused ? outcome : 200);
    return outcome;
  },
  WebSocket: async (query, token) => {
    const { authorization: _, ...headers } = headersOf(token);
    const socket = await openSocket(server.graphql, {
      headers,
      ...(token !== null && { params: { token } }),
    });
    socket.subscribe('1', query);
    const message = await socket.next();
    if (!message) {
      expect(await socket.closed).toBe(4401);
      return 401;
    }
    socket.raw.terminate();
    if (message.type === 'complete') return 'yes';
    return outcomeOf(
      message.type === 'error' ? { errors: Object(message.payload) } : Object(message.payload),
    );
  },
};

/** Whether a root field was refused, not one below it. */
function isWhole({ errors }: Result): boolean {
  return errors?.every((error) => !('path' in error) || Object(error).path.length === 1) ?? false;
}

async function outcomesOf(
  destroys: boolean,
  run: (world: World, column: Column) => Promise<Outcome>,
): Promise<Record<string, Outcome>> {
  const outcomes = COLUMNS.map(async (column): Promise<[Column, Outcome]> => {
    return [column, await run(destroys ? await createWorld(server) : world, column)];
  });
  return Object.fromEntries(await Promise.all(outcomes));
}

const nameOf = (door: Door) => ('route' in door ? door.route : door.field);

describe.each(ROWS)('$name', ({ outcomes, doors, destroys = false }) => {
  const routes = doors.filter((door) => 'route' in door);
  const fields = doors.filter((door) => 'field' in door);

  if (routes.length > 0) {
    test.each(routes)('$route', async ({ route, call }) => {
      const [method = ''] = route.split(' ');
      const found = await outcomesOf(destroys, (place, column) => {
        const { path, body } = call(place, column);
        return overRest(method, path, body, place.tokens[column]);
      });
      expect(found).toEqual(outcomes);
    });
  }

  for (const transport of ['HTTP', 'SSE', 'WebSocket'] as const) {
    const kinds = { HTTP: /^(Query|Mutation)/, SSE: /^(Query|Subscription)/, WebSocket: /./ };
    const here = fields.filter(({ field }) => kinds[transport].test(field));
    if (here.length === 0) continue;
    test.each(here)(`$field over ${transport}`, async ({ ask }) => {
      const found = await outcomesOf(destroys, (place, column) =>
        TRANSPORTS[transport](ask(place, column), place.tokens[column]),
      );
      // A socket says who it is before it asks for anything, where access is closed.
      const none = transport === 'WebSocket' ? { none: 401 as const } : {};
      expect(found).toEqual({ ...outcomes, ...none });
    });
  }
});

describe('documents over their WebSocket', () => {
  const outcomesOfRow = (name: string) => ROWS.find((row) => row.name.startsWith(name))?.outcomes;

  test('are followed over y-websocket by those who may read the session', async () => {
    const found = await outcomesOf(false, ({ sessionId, tokens }, column) => {
      const token = tokens[column];
      const protocols = token === null ? [] : [`bearer.${token}`];
      return outcomeOfYWebSocket(open(`/yjs/${sessionId}`, protocols));
    });
    expect(found).toEqual(outcomesOfRow('read a session'));
  });

  test('are edited over Hocuspocus by those who may, and read by those who may read', async () => {
    const found = await outcomesOf(false, ({ sessionId, tokens }, column) =>
      outcomeOfHocuspocus(open('/yjs'), sessionId, tokens[column]),
    );
    expect(found).toEqual(outcomesOfRow('edit the code'));
  });

  test('over one socket of Hocuspocus, each is opened by its own token', async () => {
    const { sessionId, tokens } = world;
    const { sessionId: another } = await createWorld(server);
    const socket = open('/yjs');
    const outcome = (id: string, column: Column) => outcomeOfHocuspocus(socket, id, tokens[column]);
    expect(await outcome(sessionId, 'host')).toBe('yes');
    expect(await outcome(another, 'host')).toBe(404);
    expect(await outcome(another, 'candidate')).toBe(404);
    // The same document as another client of the socket.
    expect(await outcome(`${sessionId}\0second`, 'observer')).toBe(403);
    expect(await outcome(`${sessionId}\0third`, 'elsewhere')).toBe(404);
  });

  function open(path: string, protocols: string[] = []): WebSocket {
    const { authorization: _, ...headers } = headersOf(null);
    const socket = new WebSocket(server.url.replace('http', 'ws') + path, protocols, { headers });
    onTestFinished(() => socket.terminate());
    return socket;
  }
});

test('every way in has a row', async () => {
  const types = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const fields = types.flatMap((type) =>
    Object.keys(type?.getFields() ?? {}).map((field) => `${type?.name}.${field}`),
  );
  const { paths } = await (await fetch(`${server.url}/openapi.json`)).json();
  const routes = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const known = ROWS.flatMap(({ doors }) => doors.map(nameOf));
  expect([...new Set(known)].sort()).toEqual([...fields, ...routes].sort());
});

test('every protocol of WebSockets is looked at: GraphQL, and documents by two', async () => {
  const serving = [];
  for (const file of await readdir('src', { recursive: true })) {
    if (file.endsWith('.ts') && /^\s+serves: /m.test(await readFile(`src/${file}`, 'utf8')))
      serving.push(file);
  }
  expect(serving.sort()).toEqual([
    'documents/hocuspocus.ts',
    'documents/y-websocket.ts',
    'graphql/websocket.ts',
  ]);
});

test('the metrics are for their scope', async () => {
  const found = await outcomesOf(false, async ({ tokens }, column) => {
    const { status } = await fetch(`${server.url}/metrics`, { headers: headersOf(tokens[column]) });
    return status === 200 ? 'yes' : status === 401 ? 401 : 403;
  });
  expect(found).toEqual(ROWS.find(({ name }) => name === 'health beyond')?.outcomes);
});

describe('a foreign session and an unknown one', () => {
  const UNKNOWN = '0000000000';
  const text = async (path: string, id: string, token: string | null) => {
    const response = await fetch(server.api + path.replace('ID', id), { headers: headersOf(token) });
    return [
      response.status,
      (await response.text()).replaceAll(id, 'ID'),
      response.headers.get('content-type'),
    ];
  };
  test.each(['/sessions/ID', '/sessions/ID/users', '/sessions/ID/events', '/sessions/ID/invites'])(
    'get the same answer, byte for byte: %s',
    async (path) => {
      for (const column of COLUMNS) {
        if (['observer', 'candidate', 'host', 'owner'].includes(column)) continue;
        const token = world.tokens[column];
        expect(await text(path, world.sessionId, token)).toEqual(await text(path, UNKNOWN, token));
      }
    },
  );
});

describe('the status over HTTP', () => {
  const send = async (query: string, column: Column, accept = 'application/json') => {
    const response = await fetch(server.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, ...headersOf(world.tokens[column]) },
      body: JSON.stringify({ query }),
    });
    return { status: response.status, body: await response.json() };
  };
  const session = (alias: string) => `${alias}: session(id: "${world.sessionId}") { id }`;

  // Twice: the second time the document is known, and takes the short way.
  test.each(['application/json', 'application/graphql-response+json'])(
    'is that of the refusal of all: %s',
    async (accept) => {
      for (let time = 0; time < 2; time += 1) {
        expect((await send(`{ ${session('a')} ${session('b')} }`, 'none', accept)).status).toBe(401);
        expect((await send('{ apiKeys { id } }', 'owner', accept)).status).toBe(403);
        for (const query of [
          '{ ...R } fragment R on Query { apiKeys { id } }',
          '{ a: apiKeys { id } b: apiKeys { id } }',
        ]) {
          expect((await send(query, 'host', accept)).status).toBe(403);
        }
        const skipped = `{ ${session('a')} viewer @skip(if: true) { kind } }`;
        expect((await send(skipped, 'none', accept)).status).toBe(401);
      }
    },
  );
  test('is 200 where a part was refused, with the error at its path', async () => {
    for (let time = 0; time < 2; time += 1) {
      const part = await send(`{ viewer { kind } ${session('a')} }`, 'none');
      expect(part).toMatchObject({
        status: 200,
        body: { data: { viewer: { kind: 'ANONYMOUS' }, a: null }, errors: [{ path: ['a'] }] },
      });
      // A field that must not be null takes all data with it.
      const keys = await send(`{ apiKeys { id } ${session('a')} }`, 'host');
      expect(keys).toMatchObject({ status: 200, body: { data: null, errors: [{ path: ['apiKeys'] }] } });
      const nested = await send('{ health { database } }', 'owner');
      expect(nested).toMatchObject({ status: 200, body: { errors: [{ path: ['health', 'database'] }] } });
    }
  });
});
