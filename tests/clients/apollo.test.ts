import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { startTestServer, type TestServer } from '../support/server.ts';
import possibleTypes from './generated/possible-types.ts';
import { Create, Events, Join, Room, Watch } from './operations.ts';
import { newSession, someoneElse } from './support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** As Apollo's documentation sets it up: operations over HTTP, subscriptions over a WebSocket, one cache. */
let client: ApolloClient;
let cache: InMemoryCache;
beforeEach(() => {
  const socket = createClient({ url: server.graphql.replace('http', 'ws'), webSocketImpl: WebSocket });
  cache = new InMemoryCache(possibleTypes);
  client = new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      new HttpLink({ uri: server.graphql }),
    ),
    cache,
  });
  onTestFinished(async () => {
    client.stop();
    await socket.dispose();
  });
});

/** The names of a session's users as a component that renders them sees them, over time. */
function renderedNames(id: string) {
  const room = client.watchQuery({ query: Room, variables: { id } });
  const names: (string | undefined)[][] = [];
  const rendering = room.subscribe(({ data }) => {
    if (data?.session) names.push(data.session.users?.map((user) => user?.name) ?? []);
  });
  onTestFinished(() => rendering.unsubscribe());
  return { room, names };
}

test('a mutation answers its payload, typed, and lands in the cache under the id', async () => {
  const { data } = await client.mutate({ mutation: Create, variables: { input: { language: 'PYTHON' } } });
  const result = data?.createSession;
  if (result?.__typename !== 'CreateSessionPayload') throw new Error('Expected a session');
  expect(cache.extract()[`Session:${result.session.id}`]).toMatchObject({ language: 'PYTHON' });
});

test('a domain error is data, matched by the interface', async () => {
  const input = { sessionId: 'none', name: 'Ada' };
  const { data } = await client.mutate({ mutation: Join, variables: { input } });
  expect(data?.joinSession).toEqual({
    __typename: 'SessionNotFoundError',
    code: 'SESSION_NOT_FOUND',
    message: "Session with ID 'none' not found",
  });
});

test('a subscription to the session keeps the cached list of its users new', async () => {
  const id = await newSession(server.api);
  const { names } = renderedNames(id);
  await expect.poll(() => names).toEqual([[]]);
  const states: unknown[] = [];
  const watching = client
    .subscribe({ query: Watch, variables: { id } })
    .subscribe(({ data }) => states.push(data));
  onTestFinished(() => watching.unsubscribe());
  await expect.poll(() => states.length).toBe(1);

  await someoneElse(server.api, id).join('Ada');
  await someoneElse(server.api, id).join('Bob');

  await expect.poll(() => names.at(-1)).toEqual(['Ada', 'Bob']);
});

test('a subscription to events adds to the cached list what joined', async () => {
  const id = await newSession(server.api);
  const { room, names } = renderedNames(id);
  await expect.poll(() => names).toEqual([[]]);
  let latest = 0;
  room.subscribeToMore({
    document: Events,
    variables: { id },
    updateQuery: (_, { complete, previousData, subscriptionData: { data } }) => {
      latest = data.sessionEvents.seq;
      if (!complete || !previousData.session || data.sessionEvents.__typename !== 'UserJoined')
        return undefined;
      const { session } = previousData;
      return { session: { ...session, users: [...session.users, data.sessionEvents.user] } };
    },
  });
  await expect.poll(() => latest).toBe(1);

  await someoneElse(server.api, id).join('Ada');
  await someoneElse(server.api, id).join('Bob');

  await expect.poll(() => names).toEqual([[], ['Ada'], ['Ada', 'Bob']]);
});

test('the end of a session completes the subscription', async () => {
  const id = await newSession(server.api);
  let completed = false;
  const states: unknown[] = [];
  client.subscribe({ query: Watch, variables: { id } }).subscribe({
    next: ({ data }) => states.push(data),
    complete: () => {
      completed = true;
    },
  });
  await expect.poll(() => states.length).toBe(1);
  await someoneElse(server.api, id).delete();
  await expect.poll(() => completed).toBe(true);
});

test('an error where no union applies has its code', async () => {
  const error = await new Promise((resolve) => {
    client
      .subscribe({ query: Watch, variables: { id: 'none' } })
      .subscribe((result) => resolve(result.error));
  });
  expect(CombinedGraphQLErrors.is(error)).toBe(true);
  expect(error).toMatchObject({ errors: [{ extensions: { code: 'SESSION_NOT_FOUND' } }] });
});
