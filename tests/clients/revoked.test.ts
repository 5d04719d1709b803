import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { OperationTypeNode, parse, print } from 'graphql';
import { createClient, type Client as Socket } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { SYSTEM } from '../../src/access/caller.ts';
import { updateSession } from '../../src/sessions/service.ts';
import { setRole } from '../../src/users/participants.ts';
import { leaveSession } from '../../src/users/service.ts';
import { hasText, hocuspocusEditor, yEditor } from '../support/documents.ts';
import { newSession, participant } from '../support/participants.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ ACCESS: 'closed' });
});
afterAll(() => server.close());

const context = () => ({ app: server.app, caller: SYSTEM });
const url = () => server.url.replace('http', 'ws');
const FOLLOW = parse(
  `subscription Follow($id: ID!, $after: Int) { sessionEvents(sessionId: $id, after: $after) { seq } }`,
);

/** What a page has seen: events, and whether its stream is over. */
interface Seen {
  readonly seqs: number[];
  isOver: boolean;
}

/** A socket as the documentation of graphql-ws says, and how often it has connected. */
function openSocket(token: string) {
  const counts = { opened: 0 };
  const socket = createClient({
    url: `${url()}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { token },
    retryWait: async () => {},
    on: {
      opened: () => {
        counts.opened += 1;
      },
    },
  });
  onTestFinished(async () => socket.dispose());
  return { socket, counts };
}

/** Each follows a session, and resumes after the last event with the variables of that moment. */
const LIBRARIES: Record<string, (socket: Socket, id: string, seen: Seen) => void> = {
  'graphql-ws': (socket, id, seen) => {
    const variables = { id, after: 0 };
    socket.subscribe<{ sessionEvents: { seq: number } }>(
      { query: print(FOLLOW), variables },
      {
        next: ({ data }) => {
          if (!data) return;
          seen.seqs.push(data.sessionEvents.seq);
          // The library sends the same object again.
          variables.after = data.sessionEvents.seq;
        },
        error: () => {
          seen.isOver = true;
        },
        complete: () => {
          seen.isOver = true;
        },
      },
    );
  },
  'Apollo Client': (socket, id, seen) => {
    const client = new ApolloClient({
      link: ApolloLink.split(
        ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
        new GraphQLWsLink(socket),
        new HttpLink({ uri: server.graphql }),
      ),
      cache: new InMemoryCache(),
    });
    onTestFinished(() => client.stop());
    const variables = { id, after: 0 };
    const subscription = client
      .subscribe<{ sessionEvents: { seq: number } }>({ query: FOLLOW, variables, fetchPolicy: 'no-cache' })
      .subscribe({
        next: ({ data, error }) => {
          if (data) seen.seqs.push(data.sessionEvents.seq);
          if (error) seen.isOver = true;
        },
        complete: () => {
          seen.isOver = true;
        },
      });
    onTestFinished(() => subscription.unsubscribe());
  },
  urql: (socket, id, seen) => {
    const client = new Client({
      url: server.graphql,
      preferGetMethod: false,
      exchanges: [
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: ({ query = '', variables }) => ({
            subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
          }),
        }),
      ],
    });
    const { unsubscribe } = client
      .subscription<{ sessionEvents: { seq: number } }>(FOLLOW, { id, after: 0 })
      .subscribe(({ data, error }) => {
        if (data) seen.seqs.push(data.sessionEvents.seq);
        if (error) seen.isOver = true;
      });
    onTestFinished(unsubscribe);
  },
};

/** Resolves when another client of the same library, whose role changes from now on, has come back. */
async function othersComeBack(follow: (socket: Socket, id: string, seen: Seen) => void) {
  const id = await newSession(server.app);
  const { token, key } = await participant(server.app, id, 'CANDIDATE');
  const { socket, counts } = openSocket(token);
  const seen: Seen = { seqs: [], isOver: false };
  follow(socket, id, seen);
  await expect.poll(() => seen.seqs.length).toBeGreaterThan(0);
  await setRole(context(), key, 'OBSERVER');
  await expect.poll(() => counts.opened).toBe(2);
}

describe.each(Object.entries(LIBRARIES))('%s', (_name, follow) => {
  test('who is revoked is not asked to try again', async () => {
    const id = await newSession(server.app);
    const { token, key } = await participant(server.app, id, 'CANDIDATE');
    const { socket, counts } = openSocket(token);
    const closes: number[] = [];
    socket.on('closed', (event) => void closes.push((event as { code: number }).code));
    const seen: Seen = { seqs: [], isOver: false };
    follow(socket, id, seen);
    await expect.poll(() => seen.seqs).toEqual([1, 2]);
    await leaveSession(context(), id, key.userId);
    await expect.poll(() => seen.isOver).toBe(true);
    expect(closes).toEqual([4401]);
    await othersComeBack(follow);
    expect(counts.opened).toBe(1);
    expect(Math.max(...seen.seqs)).toBeLessThanOrEqual(3);
  });

  test('who is demoted comes back with the same token, and goes on', async () => {
    const id = await newSession(server.app);
    const { token, key } = await participant(server.app, id, 'CANDIDATE');
    const { socket, counts } = openSocket(token);
    const seen: Seen = { seqs: [], isOver: false };
    follow(socket, id, seen);
    await expect.poll(() => seen.seqs).toEqual([1, 2]);
    await setRole(context(), key, 'OBSERVER');
    await expect.poll(() => counts.opened).toBe(2);
    await updateSession(context(), id, { code: 'later' });
    await expect.poll(() => seen.seqs.at(-1)).toBe(4);
    expect(new Set(seen.seqs)).toEqual(new Set([1, 2, 3, 4]));
    expect(seen.isOver).toBe(false);
  });
});

test('graphql-ws resumes at its seq: no event comes twice', async () => {
  const id = await newSession(server.app);
  const { token, key } = await participant(server.app, id, 'CANDIDATE');
  const { socket, counts } = openSocket(token);
  const seen: Seen = { seqs: [], isOver: false };
  LIBRARIES['graphql-ws']?.(socket, id, seen);
  await expect.poll(() => seen.seqs).toEqual([1, 2]);
  await setRole(context(), key, 'OBSERVER');
  await expect.poll(() => counts.opened).toBe(2);
  await updateSession(context(), id, { code: 'later' });
  await expect.poll(() => seen.seqs).toEqual([1, 2, 3, 4]);
});

test('y-websocket is not asked to try again when revoked', async () => {
  const id = await newSession(server.app);
  const { token, key } = await participant(server.app, id, 'CANDIDATE');
  const editor = yEditor(url(), { protocols: [`bearer.${token}`] }, id);
  const { provider } = editor;
  await hasText(editor, 'start\n');
  const end = new Promise<number>((resolve) =>
    provider.on('closed', ({ code }: { code: number }) => resolve(code)),
  );
  await leaveSession(context(), id, key.userId);
  expect(await end).toBe(4401);
  // Its timer looks at this before it connects.
  expect(provider.shouldConnect).toBe(false);
});

test('the Hocuspocus provider is not asked to try again when revoked', async () => {
  const id = await newSession(server.app);
  const { token, key } = await participant(server.app, id, 'CANDIDATE');
  const editor = hocuspocusEditor(url(), token, { name: id });
  await hasText(editor, 'start\n');
  let tokens = 0;
  editor.provider.on('open', () => {
    tokens += 1;
  });
  await leaveSession(context(), id, key.userId);
  await expect.poll(() => editor.closed).toHaveLength(1);
  const other = await participant(server.app, id, 'CANDIDATE');
  const demoted = hocuspocusEditor(url(), other.token, { name: id });
  await hasText(demoted, 'start\n');
  await setRole(context(), other.key, 'OBSERVER');
  await expect.poll(() => demoted.provider.authorizedScope).toBe('readonly');
  expect({ tokens, denied: editor.denied }).toEqual({ tokens: 0, denied: [] });
});
