import { EventSource } from 'eventsource';
import { print } from 'graphql';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { Events, Watch } from './operations.ts';
import { newSession, someoneElse } from './support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** What a page gets that subscribes with no library but the browser's EventSource. */
function listen(document: typeof Events | typeof Watch, variables: { id: string }) {
  const parameters = { query: print(document), variables: JSON.stringify(variables) };
  const source = new EventSource(`${server.graphql}?${new URLSearchParams(parameters)}`);
  onTestFinished(() => source.close());
  const results: unknown[] = [];
  source.addEventListener('next', ({ data }) => results.push(JSON.parse(data)));
  const completed = new Promise<void>((resolve) => {
    source.addEventListener('complete', () => {
      source.close();
      resolve();
    });
  });
  return { results, completed };
}

test('every event comes, and complete after the last', async () => {
  const id = await newSession(server.api);
  const { results, completed } = listen(Events, { id });
  await expect.poll(() => results.length).toBe(1);
  await someoneElse(server.api, id).join('Ada');
  await someoneElse(server.api, id).delete();
  await completed;
  expect(results).toMatchObject([
    { data: { sessionEvents: { __typename: 'SessionCreated', seq: 1 } } },
    { data: { sessionEvents: { __typename: 'UserJoined', user: { name: 'Ada' } } } },
    { data: { sessionEvents: { __typename: 'SessionDeleted', seq: 3 } } },
  ]);
});

test('an error comes as a result, for an EventSource shows no status and no body', async () => {
  const { results, completed } = listen(Watch, { id: 'none' });
  await completed;
  expect(results).toMatchObject([{ errors: [{ extensions: { code: 'SESSION_NOT_FOUND' } }] }]);
});
