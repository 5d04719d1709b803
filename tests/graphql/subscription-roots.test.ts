import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ALL_TRANSPORTS, answerTo, errorsIn } from '../support/answers.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { openSocket } from '../support/socket.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const FIELD = 'sessionEvents(sessionId: "x")';
const CONDITIONAL = [
  [`subscription { ${FIELD} @skip(if: true) { seq } }`, '{}'],
  [`subscription { ... @include(if: false) { ${FIELD} { seq } } }`, '{}'],
  [`subscription ($x: Boolean!) { ${FIELD} @include(if: $x) { seq } }`, '{"x":true}'],
  [
    `subscription ($x: Boolean!) { ...F @skip(if: $x) } fragment F on Subscription { ${FIELD} { seq } }`,
    '{"x":true}',
  ],
  [`subscription { ...F } fragment F on Subscription { ${FIELD} @skip(if: true) { seq } }`, '{}'],
] as const;

describe.each(ALL_TRANSPORTS)('over %s', (transport) => {
  test.each(CONDITIONAL)('%s is refused', async (query, variables) => {
    expect(errorsIn(await answerTo(transport, server.graphql, query, variables))).toMatchObject([
      {
        message: 'The root field of a subscription cannot have @skip or @include',
        extensions: { code: 'INVALID_REQUEST' },
      },
    ]);
  });

  test('a condition below the root is looked at', async () => {
    const query = `subscription ($x: Boolean!) { ${FIELD} { seq @include(if: $x) __typename } }`;
    expect(errorsIn(await answerTo(transport, server.graphql, query, '{"x":true}'))).toMatchObject([
      { message: expect.not.stringContaining('@include') },
    ]);
  });
});

test('a WebSocket stays open after such a subscription', async () => {
  const socket = await openSocket(server.graphql);
  onTestFinished(() => socket.raw.terminate());
  socket.subscribe('1', CONDITIONAL[0][0]);
  expect(await socket.next()).toMatchObject({ type: 'error', id: '1' });
  socket.subscribe('2', '{ health { status } }');
  expect(await socket.next()).toMatchObject({ type: 'next', id: '2' });
});
