import { expect, onTestFinished, test } from 'vitest';
import { TypedDocumentString } from '../generated/graphql.ts';
import { startTestServer } from '../support/server.ts';
import { subscribe } from '../support/subscribe.ts';

const HEALTH = { query: '{ health { status } }' };
const data = { health: { status: 'ok' } };

async function start(settings: NodeJS.ProcessEnv = {}) {
  const server = await startTestServer({ ...settings });
  onTestFinished(server.close);
  return server;
}

async function post(url: string, body: unknown) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

test('a batch is refused by default', async () => {
  const { graphql } = await start();
  expect(await post(graphql, [HEALTH, HEALTH])).toMatchObject({
    status: 400,
    body: { errors: [{ message: expect.stringMatching(/batch/i) }] },
  });
});

test('GRAPHQL_BATCH_LIMIT allows batches up to it', async () => {
  const { graphql } = await start({ GRAPHQL_BATCH_LIMIT: '2' });
  expect(await post(graphql, [HEALTH, HEALTH])).toEqual({ status: 200, body: [{ data }, { data }] });
  expect(await post(graphql, [HEALTH, HEALTH, HEALTH])).toMatchObject({ status: 413 });
});

test('GRAPHQL_INTROSPECTION=false refuses introspection over every transport, and nothing else', async () => {
  const { graphql } = await start({ GRAPHQL_INTROSPECTION: 'false' });
  const refusal = [{ message: expect.stringMatching(/introspection has been disabled/) }];
  const document = '{ __schema { description } }';

  expect((await post(graphql, { query: document })).body).toMatchObject({ errors: refusal });
  const socket = subscribe('WebSocket', graphql, new TypedDocumentString(document), {});
  onTestFinished(socket.stop);
  await expect(socket.next()).rejects.toMatchObject(refusal);

  expect((await post(graphql, { query: '{ __typename health { status } }' })).body).toMatchObject({ data });
});
