import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL_TRANSPORTS, answerTo, errorsIn } from '../support/answers.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const WRONG = `{ ${Array.from({ length: 95 }, (_, number) => `a${number}: nothing`).join(' ')} }`;

describe.each(ALL_TRANSPORTS)('errors over %s', (transport) => {
  const errorsOf = async (query: string) => errorsIn(await answerTo(transport, server.graphql, query));

  test('say where they are in a document of ordinary length', async () => {
    expect(await errorsOf('{\n  nothing\n}')).toMatchObject([{ locations: [{ line: 2, column: 3 }] }]);
  });

  test.each([
    ['before', (query: string) => '\n'.repeat(20_000) + query],
    [
      'in a block string before',
      (query: string) => `{ session(id: """${'\n'.repeat(20_000)}""") { id } ${query.slice(1)}`,
    ],
  ])('do not look for their lines in a long document, with lines %s them', async (_, lengthen) => {
    const errors = await errorsOf(lengthen(WRONG));
    expect(errors).toHaveLength(95);
    expect(errors.filter(({ locations }) => locations)).toEqual([]);
  });

  test('long code in a document passes', async () => {
    const code = JSON.stringify('print(1)\n'.repeat(200_000));
    const query = `mutation { createSession(input: { code: ${code} }) { __typename } }`;
    expect(await answerTo(transport, server.graphql, query)).toContain('CreateSessionPayload');
  });
});
