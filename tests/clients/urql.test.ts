import { Client, cacheExchange, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { readGauges } from '../../src/observability/service.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { Create, Events, Join, Room, Watch } from './operations.ts';
import { newSession, someoneElse } from './support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** The three ways that urql's documentation has for subscriptions. */
const CLIENTS = {
  'subscriptionExchange over graphql-ws': () => {
    const socket = createWsClient({ url: server.graphql.replace('http', 'ws'), webSocketImpl: WebSocket });
    onTestFinished(async () => socket.dispose());
    return clientWith(
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
        }),
      }),
    );
  },
  'subscriptionExchange over graphql-sse': () => {
    const stream = createSseClient({ url: server.graphql });
    onTestFinished(() => stream.dispose());
    return clientWith(
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({ unsubscribe: stream.subscribe({ query, variables }, sink) }),
        }),
      }),
    );
  },
  'its own fetch of Server-Sent Events': () =>
    new Client({
      url: server.graphql,
      exchanges: [cacheExchange, fetchExchange],
      fetchSubscriptions: true,
      preferGetMethod: false,
    }),
};

function clientWith(subscriptions: ReturnType<typeof subscriptionExchange>): Client {
  return new Client({
    url: server.graphql,
    exchanges: [cacheExchange, fetchExchange, subscriptions],
    preferGetMethod: false,
  });
}

describe.each(Object.entries(CLIENTS))('urql with %s', (_, createClient) => {
  test('a query by GET, a mutation, and a subscription that shows it', async () => {
    const client = createClient();
    const id = await newSession(server.api);
    const rooms = await client.query(Room, { id }, { preferGetMethod: 'force' });
    expect(rooms).toMatchObject({ error: undefined, data: { session: { users: [] } } });

    const names: string[][] = [];
    const { unsubscribe } = client.subscription(Watch, { id }).subscribe(({ data }) => {
      if (data) names.push(data.session.users.map((user) => user.name));
    });
    await expect.poll(() => names).toEqual([[]]);
    const { data } = await client.mutation(Join, { input: { sessionId: id, name: 'Ada' } });
    expect(data?.joinSession).toMatchObject({ user: { name: 'Ada' } });
    await expect.poll(() => names).toEqual([[], ['Ada']]);

    unsubscribe();
    await expect.poll(() => readGauges(server.app).listeners).toBe(0);
  });

  test('every event in order, and completion when the session is deleted', async () => {
    const id = await newSession(server.api);
    const seen: string[] = [];
    let last: { stale: boolean; hasNext: boolean } | undefined;
    createClient()
      .subscription(Events, { id })
      .subscribe((result) => {
        last = result;
        if (result.data && result.data.sessionEvents.seq > seen.length) {
          seen.push(result.data.sessionEvents.__typename);
        }
      });
    await expect.poll(() => seen.length).toBe(1);
    await someoneElse(server.api, id).join('Ada');
    await someoneElse(server.api, id).edit('1');
    await someoneElse(server.api, id).delete();
    await expect
      .poll(() => seen)
      .toEqual(['SessionCreated', 'UserJoined', 'SessionUpdated', 'SessionDeleted']);
    await expect.poll(() => last?.hasNext).toBe(false);
  });

  test('an error has its code', async () => {
    const watching = createClient().subscription(Watch, { id: 'none' });
    const error = await new Promise((resolve) => watching.subscribe((result) => resolve(result.error)));
    expect(error).toMatchObject({ graphQLErrors: [{ extensions: { code: 'SESSION_NOT_FOUND' } }] });
  });
});

test('a mutation of urql that fails has its error as data', async () => {
  const client = CLIENTS['its own fetch of Server-Sent Events']();
  const { data, error } = await client.mutation(Create, { input: { code: 'a\0' } });
  expect(error).toBeUndefined();
  expect(data?.createSession).toMatchObject({ __typename: 'InvalidInputError', code: 'INVALID_REQUEST' });
});
