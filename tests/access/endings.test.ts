import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type AccessServer, OPERATOR_KEY, startAccessServer } from '../support/closed-server.ts';
import { seededRandom } from '../support/random.ts';
import { openSocket } from '../support/socket.ts';
import { outcomeOfYWebSocket } from './support/documents.ts';
import type { Door } from './support/doors.ts';
import { ROWS } from './support/rows.ts';
import { createWorld, type World } from './support/world.ts';

let server: AccessServer;
beforeAll(async () => {
  server = await startAccessServer({ MAX_SOCKETS_PER_ADDRESS: '1000' }, { programs: true });
});
afterAll(() => server.close());

const doors = ROWS.flatMap((row) => row.doors);
const remove = (path: string) => server.rest('DELETE', path, OPERATOR_KEY);
const ENDS: Record<string, (world: World) => Promise<unknown>> = {
  'the session ends': ({ sessionId }) => remove(`/sessions/${sessionId}`),
  'its people are removed': ({ sessionId, users }) =>
    Promise.all([users.host, users.candidate].map((id) => remove(`/sessions/${sessionId}/users/${id}`))),
};

/** Through every door at once: some of them end things, too. */
describe.each(Object.entries(ENDS))('%s while requests are on their way', (_, end) => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('none fails by that: seed %i', async (seed) => {
    const random = seededRandom(seed);
    const world = await createWorld(server);
    const shuffled = doors.map((door) => ({ door, at: random() })).sort((a, b) => a.at - b.at);
    const entering = shuffled.flatMap(({ door }) => [
      enter(door, world, 'host'),
      enter(door, world, 'owner'),
      openDocument(world),
    ]);
    const [answers] = await Promise.all([Promise.all(entering), end(world)]);
    expect(answers.filter(Boolean)).toEqual([]);
  });
});

/** Goes through a door. Returns what it answers if it fails. */
async function enter(door: Door, world: World, column: 'host' | 'owner'): Promise<string | null> {
  const token = world.tokens[column];
  if ('route' in door) {
    const { path, body } = door.call(world, column);
    const [method = ''] = door.route.split(' ');
    const { status, text } = await server.rest(method, path, token, body);
    return status >= 500 ? `${door.route}: ${text}` : null;
  }
  const socket = await openSocket(server.graphql, { params: { token } });
  socket.subscribe('1', door.ask(world, column));
  const answer = JSON.stringify((await socket.next()) ?? (await socket.closed));
  socket.raw.terminate();
  return /INTERNAL|1011/.test(answer) ? `${door.field}: ${answer}` : null;
}

/** Opens the session's document. Returns how its socket closes if it fails. */
async function openDocument({ sessionId, tokens }: World): Promise<string | null> {
  const url = `${server.url.replace('http', 'ws')}/yjs/${sessionId}`;
  const socket = new WebSocket(url, [`bearer.${tokens.candidate}`]);
  const outcome = await outcomeOfYWebSocket(socket);
  socket.terminate();
  return outcome === 'invite' ? 'y-websocket: neither opened nor refused' : null;
}
