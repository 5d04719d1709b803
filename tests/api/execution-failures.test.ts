import { expect, onTestFinished, test, vi } from 'vitest';
import { closeAbandoned } from '../../src/executions/abandoned.ts';
import { graphql } from '../generated/gql.ts';
import { programsAt } from '../support/executions.ts';
import { request } from '../support/graphql.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { subscribe } from '../support/subscribe.ts';

const RunHere = graphql(`
  mutation RunHere($input: ExecuteCodeInput!) {
    result: executeCode(input: $input) {
      __typename
      ... on ExecuteCodePayload { execution { id status } }
      ... on Error { code }
    }
  }
`);

const WatchFailure = graphql(`
  subscription WatchFailure($sessionId: ID!) {
    sessionEvents(sessionId: $sessionId, after: 1) {
      __typename
      ... on ExecutionFinished { execution { id status error } }
    }
  }
`);

const PROGRAM = { language: 'JAVASCRIPT', code: 'console.log("printed")' } as const;
const FAILED = 'The server could not run the program or record its end';

async function start(settings = {}, options = { programs: true }) {
  const server = await startTestServer({ LOG_LEVEL: 'silent', ...settings }, options);
  onTestFinished(server.close);
  return { server, programs: programsAt(server.graphql) };
}

const runHere = ({ graphql: url }: TestServer, input: { code?: string; sessionId: string }) =>
  request(url, RunHere, { input: { ...PROGRAM, ...input } });

/** Has the commits fail that tell the end of an execution, so many. */
function failEnds({ app: { store } }: TestServer, count: number) {
  const commit = store.commit.bind(store);
  let left = count;
  vi.spyOn(store, 'commit').mockImplementation(async (changes) => {
    const isEnd = changes.some(({ event }) => event.type === 'ExecutionFinished');
    if (!isEnd || left === 0) return commit(changes);
    left -= 1;
    throw new Error('Unforeseen');
  });
}

test('a program that the sandbox does not take ends, in a session and outside', async () => {
  // Its sandbox throws.
  const { server, programs } = await start({}, { programs: false });
  const sessionId = await programs.newSession();
  const events = subscribe('WebSocket', server.graphql, WatchFailure, { sessionId });
  onTestFinished(events.stop);
  const inside = await programs.start({ ...PROGRAM, sessionId });
  const ended = { status: 'SANDBOX_ERROR', error: FAILED };
  expect((await events.data()).sessionEvents).toEqual({ __typename: 'ExecutionStarted' });
  expect((await events.data()).sessionEvents).toMatchObject({ execution: { id: inside, ...ended } });

  const outside = await programs.start(PROGRAM);
  await expect.poll(() => programs.find(outside)).toMatchObject(ended);
  expect(await programs.follow(outside).rest()).toEqual([]);
  expect(await programs.cancel(outside)).toMatchObject({ code: 'EXECUTION_NOT_RUNNING' });

  expect((await runHere(server, { sessionId })).errors).toMatchObject([
    { extensions: { code: 'INTERNAL_ERROR' } },
  ]);
  expect((await events.data()).sessionEvents).toEqual({ __typename: 'ExecutionStarted' });
  expect((await events.data()).sessionEvents).toMatchObject({ execution: ended });
});

test.each([
  ['when it is tried again', 1, FAILED],
  ['by the sweep, when that fails, too', 2, 'The server failed while the program ran'],
])('an end that could not be recorded is recorded %s', async (_, failures, error) => {
  const { server, programs } = await start();
  failEnds(server, failures);
  const id = await programs.start({ ...PROGRAM, sessionId: await programs.newSession() });
  await expect
    .poll(() => programs.find(id))
    .toMatchObject({ status: 'SANDBOX_ERROR', stdout: 'printed\n', error });
});

test('no program is closed whose start, wait or run a sweep meets', async () => {
  const { server, programs } = await start({ MAX_RUNNING: '1' });
  const { db } = server.app;
  const sweptMeanwhile = db.$extends({
    query: {
      execution: {
        createMany: async ({ args, query: store }) => {
          const stored = await store(args);
          await closeAbandoned(server.app);
          return stored;
        },
      },
    },
  });
  vi.spyOn(db.execution, 'createMany').mockImplementation((rows = { data: [] }) =>
    sweptMeanwhile.execution.createMany(rows),
  );
  const ids = [await programs.start(PROGRAM), await programs.start(PROGRAM)];
  await closeAbandoned(server.app);
  for (const id of ids) await expect.poll(() => programs.find(id)).toMatchObject({ status: 'SUCCEEDED' });
});

test('a program whose session has gone from the database ends with SESSION_NOT_FOUND', async () => {
  const { server, programs } = await start();
  const { db } = server.app;
  const sessionId = await programs.newSession();
  const answer = runHere(server, { code: 'setInterval(() => {}, 1000)', sessionId });
  await expect.poll(() => db.execution.findMany()).toMatchObject([{ status: 'RUNNING' }]);
  const { id } = await db.execution.findFirstOrThrow();
  await db.session.delete({ where: { id: sessionId } });
  await programs.cancel(id);
  expect((await answer).data?.result).toMatchObject({ code: 'SESSION_NOT_FOUND' });
});
