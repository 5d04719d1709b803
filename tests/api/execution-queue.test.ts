import { expect, onTestFinished, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import type { ExecuteCodeInput } from '../generated/graphql.ts';
import { programsAt } from '../support/executions.ts';
import { query } from '../support/graphql.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const RunQueued = graphql(`
  mutation RunQueued($input: ExecuteCodeInput!) {
    result: executeCode(input: $input) {
      ... on ExecuteCodePayload { execution { stdout } }
      ... on Error { code }
      ... on TooManyExecutionsError { retryAfter }
    }
  }
`);

async function start(settings: NodeJS.ProcessEnv): Promise<TestServer> {
  const server = await startTestServer(settings);
  onTestFinished(server.close);
  return server;
}

const run = async (server: TestServer, input: Partial<ExecuteCodeInput>) =>
  (await query(server.graphql, RunQueued, { input: { language: 'JAVASCRIPT', code: '', ...input } })).result;

const HALF_A_SECOND = 'const end = Date.now() + 500; while (Date.now() < end);';

test('a session that floods keeps nobody waiting for long', async () => {
  const server = await start({ MAX_RUNNING: '1', MAX_QUEUED: '20' });
  const programs = programsAt(server.graphql);
  const [flooder, other] = [await programs.newSession(), await programs.newSession()];
  let answered = 0;
  const flood = Array.from({ length: 8 }, () =>
    run(server, { sessionId: flooder, code: HALF_A_SECOND }).finally(() => {
      answered += 1;
    }),
  );
  // One of the flood runs already when the other session comes.
  await expect.poll(() => server.app.db.execution.count()).toBe(8);
  const hello = await run(server, { sessionId: other, code: 'console.log("hello")' });
  expect(hello).toEqual({ execution: { stdout: 'hello\n' } });
  expect(answered).toBeLessThanOrEqual(2);
  await Promise.all(flood);
});

test('sessions take turns, and programs outside a session are one of them', async () => {
  const server = await start({ MAX_RUNNING: '1' });
  const programs = programsAt(server.graphql);
  const sessions = [await programs.newSession(), await programs.newSession(), null];
  const blocker = programs.start({ language: 'JAVASCRIPT', code: 'setInterval(() => {}, 1000)' });
  const id = await blocker;
  const order: string[] = [];
  const all = sessions.flatMap((sessionId, lane) =>
    [1, 2, 3].map((turn) => run(server, { sessionId }).then(() => order.push(`${turn}:${lane}`))),
  );
  await expect.poll(() => server.app.db.execution.count({ where: { status: 'QUEUED' } })).toBe(6);
  await programs.cancel(id);
  await Promise.all(all);
  expect(order.map((entry) => entry[0])).toEqual(['1', '1', '1', '2', '2', '2', '3', '3', '3']);
});

test('a session holds half of the places at most', async () => {
  const server = await start({ MAX_RUNNING: '1', MAX_QUEUED: '5' });
  const programs = programsAt(server.graphql);
  const [flooder, other] = [await programs.newSession(), await programs.newSession()];
  const endless = { language: 'JAVASCRIPT', code: 'setInterval(() => {}, 1000)' } as const;
  for (let count = 0; count < 4; count += 1) await programs.start({ ...endless, sessionId: flooder });
  expect(await run(server, { sessionId: flooder })).toMatchObject({ code: 'TOO_MANY_EXECUTIONS' });
  await programs.start({ ...endless, sessionId: other });
  await programs.start({ ...endless, sessionId: other });
  expect(await run(server, { sessionId: other })).toMatchObject({ code: 'TOO_MANY_EXECUTIONS' });
});

test('who is refused is told when all that is ahead should be done', async () => {
  const server = await start({ MAX_RUNNING: '1', MAX_QUEUED: '10' });
  const programs = programsAt(server.graphql);
  const sessionId = await programs.newSession();
  const endless = { language: 'JAVASCRIPT', code: 'setInterval(() => {}, 1000)', sessionId } as const;
  for (let count = 0; count < 6; count += 1) await programs.start(endless);
  const soon = await run(server, { sessionId });
  // A second is guessed for each of the six, before any has ended.
  expect(soon).toMatchObject({ retryAfter: 6 });
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  // The one that runs has outlived the guess, and is expected to run on.
  expect(await run(server, { sessionId })).toMatchObject({ retryAfter: 8 });
});
