import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { clientsOf } from '../support/api-clients.ts';
import { newDatabase } from '../support/database.ts';
import { openEventStream, subscriptionUrl } from '../support/event-stream.ts';
import { query } from '../support/graphql.ts';
import { spawnServer } from '../support/process.ts';
import { openSocket } from '../support/socket.ts';

const SEQS = 'subscription ($id: ID!) { sessionEvents(sessionId: $id) { seq } }';
const Live = graphql(`
  query Live { health { live { webSockets eventStreams subscriptions listeners } } }
`);
const SUBSCRIBERS = 1_000;
const AT_ONCE = 50;

let url: string;
let id: string;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'codeinterview-gauges-'));
  const { url: database } = await newDatabase();
  const server = spawnServer(
    {
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: database,
      SANDBOX_WAITING: '0',
      CONNECTION_INIT_TIMEOUT: '60000',
    },
    folder,
  );
  url = await server.url();
  const { REST } = clientsOf({ api: `${url}/api/v1`, graphql: `${url}/graphql` });
  id = (await REST.createSession()).value?.id ?? '';
});
/** The gauges as an operator reads them. */
async function gauges() {
  const text = await (await fetch(`${url}/metrics`)).text();
  const read = (name: string) => Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
  return {
    webSockets: read('codeinterview_sockets{transport="websocket"}'.replaceAll(/[{}]/g, '\\$&')),
    eventStreams: read('codeinterview_sockets{transport="sse"}'.replaceAll(/[{}]/g, '\\$&')),
    subscriptions: read('codeinterview_subscriptions'),
    listeners: read('codeinterview_listeners'),
    descriptors: read('process_open_fds'),
    megabytes: read('process_resident_memory_bytes') / 2 ** 20,
  };
}

/** Subscribes, half over each transport; answers a function that cuts all of them without a word. */
async function crowd(): Promise<() => void> {
  const cuts: (() => void)[] = [];
  const join = async (index: number) => {
    if (index % 2 === 0) {
      const { raw, subscribe } = await openSocket(`${url}/graphql`);
      subscribe('1', SEQS, { id });
      cuts.push(() => raw.terminate());
    } else {
      cuts.push((await openEventStream(subscriptionUrl(`${url}/graphql`, SEQS, { id }))).stop);
    }
  };
  for (let from = 0; from < SUBSCRIBERS; from += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => join(from + n)));
  }
  return () => {
    for (const cut of cuts) cut();
  };
}

test('1,000 abrupt disconnects leave nothing behind, with no event after them', async () => {
  const before = await gauges();
  const sizes: number[] = [];
  for (let wave = 0; wave < 3; wave += 1) {
    const cut = await crowd();
    const half = SUBSCRIBERS / 2;
    const full = { webSockets: half, eventStreams: half, subscriptions: SUBSCRIBERS, listeners: SUBSCRIBERS };
    await expect.poll(gauges).toMatchObject(full);
    expect((await query(`${url}/graphql`, Live, {})).health.live).toEqual(full);
    cut();
    const none = { webSockets: 0, eventStreams: 0, subscriptions: 0, listeners: 0 };
    await expect.poll(gauges).toMatchObject(none);
    await expect.poll(async () => (await gauges()).descriptors).toBeLessThanOrEqual(before.descriptors + 10);
    sizes.push((await gauges()).megabytes);
  }
  const [, second = 0, third = 0] = sizes;
  expect(third - second).toBeLessThan(40);
}, 300_000);
