import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { NOBODY } from '../../src/access/caller.ts';
import { createGraphQL } from '../../src/graphql/yoga.ts';
import { schema } from '../../src/schema.ts';
import { LazyAbort } from '../../src/transport/client-gone.ts';
import { graphql } from '../generated/gql.ts';
import { clientsOf } from '../support/api-clients.ts';
import { type CountingServer, startCountingServer } from '../support/counting-server.ts';
import { subscribe } from '../support/subscribe.ts';

const Events = graphql(`
  subscription CheapEvents($id: ID!, $after: Int) {
    sessionEvents(sessionId: $id, after: $after) { seq ... on SessionUpdated { session { code users { name } } } }
  }
`);
const States = graphql(`subscription CheapStates($id: ID!) { session(id: $id) { seq users { name } } }`);
const Loading = graphql(`
  subscription Loading($id: ID!, $after: Int, $first: Int) {
    sessionEvents(sessionId: $id, after: $after) {
      seq
      ... on SessionUpdated { session { executions(first: $first) { edges { node { id } } } } }
    }
  }
`);

/** What an update runs by itself. */
const UPDATE = 1;

let server: CountingServer;
beforeAll(async () => {
  server = await startCountingServer();
});
afterAll(() => server.close());

const newSession = async () => (await clientsOf(server).REST.createSession()).value?.id ?? '';

/** The SQL statements of one update, until every subscriber has seen it. */
async function statementsOfUpdate(
  id: string,
  subscribers: { data(): Promise<unknown>; stop(): Promise<void> }[],
) {
  for (const { stop } of subscribers) onTestFinished(stop);
  await expect.poll(() => server.app.connections.subscriptions).toBe(subscribers.length);
  return server.countSql(async () => {
    await clientsOf(server).REST.updateSession(id, { code: String(Math.random()) });
    await Promise.all(subscribers.map((subscriber) => subscriber.data()));
  });
}

test('delivering an event to 40 subscribers over two transports runs no SQL', async () => {
  const id = await newSession();
  const subscribers = (['WebSocket', 'SSE'] as const).flatMap((transport) =>
    Array.from({ length: 20 }, () => subscribe(transport, server.graphql, Events, { id })),
  );
  expect(await statementsOfUpdate(id, subscribers)).toBe(UPDATE);
});

test('delivering a state runs no SQL', async () => {
  const id = await newSession();
  const subscribers = Array.from({ length: 20 }, () =>
    subscribe('WebSocket', server.graphql, States, { id }),
  );
  for (const subscriber of subscribers) await subscriber.data();
  expect(await statementsOfUpdate(id, subscribers)).toBe(UPDATE);
});

test('what an event has to load is loaded once for all who ask the same, whatever they resumed after', async () => {
  const id = await newSession();
  const ask = (sessionId: string, first: number, count: number) =>
    Array.from({ length: count }, (_, n) =>
      subscribe(n % 2 === 0 ? 'WebSocket' : 'SSE', server.graphql, Loading, {
        id: sessionId,
        first,
        after: n % 3 === 0 ? 1 : null,
      }),
    );
  const alone = ask(id, 1, 1);
  const once = (await statementsOfUpdate(id, alone)) - UPDATE;
  expect(once).toBeGreaterThan(0);
  await alone[0]?.stop();
  await expect.poll(() => server.app.connections.subscriptions).toBe(0);

  const other = await newSession();
  const subscribers = [...ask(other, 1, 10), ...ask(other, 2, 10)];
  expect(await statementsOfUpdate(other, subscribers)).toBe(UPDATE + 2 * once);
});

test('a document that came before is not parsed again, whichever transport brings it', () => {
  const { operations } = createGraphQL(server.app, schema);
  const transport = { caller: NOBODY, address: '', gone: new LazyAbort() };
  const parse = () => operations.prepare({ query: 'query Again { health { status } }' }, transport);
  const first = parse();
  const second = parse();
  expect('document' in first && 'document' in second && first.document === second.document).toBe(true);
});
