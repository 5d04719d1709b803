import { print } from 'graphql';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { startTestServer, type TestServer } from '../support/server.ts';
import type { EventsSubscription, RoomQuery } from './generated/graphql.ts';
import { Events, Room } from './operations.ts';
import { newSession, someoneElse } from './support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test('one socket carries queries and subscriptions to several sessions', async () => {
  let sockets = 0;
  const client = createClient({
    url: server.graphql.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    on: { connected: () => (sockets += 1) },
  });
  onTestFinished(async () => client.dispose());
  const ids = [await newSession(server.api), await newSession(server.api)];
  const streams = ids.map((id) =>
    client.iterate<EventsSubscription>({ query: print(Events), variables: { id } }),
  );
  const next = async (index: number) => (await streams[index]?.next())?.value?.data?.sessionEvents;
  expect(await next(0)).toEqual({ __typename: 'SessionCreated', seq: 1 });
  expect(await next(1)).toEqual({ __typename: 'SessionCreated', seq: 1 });

  await someoneElse(server.api, ids[1] ?? '').join('Ada');
  await someoneElse(server.api, ids[0] ?? '').join('Bob');

  expect(await next(0)).toMatchObject({ user: { name: 'Bob' } });
  expect(await next(1)).toMatchObject({ user: { name: 'Ada' } });
  const room = client.iterate<RoomQuery>({ query: print(Room), variables: { id: ids[0] } });
  expect((await room.next()).value?.data?.session?.users).toMatchObject([{ name: 'Bob' }]);
  expect(sockets).toBe(1);
});
