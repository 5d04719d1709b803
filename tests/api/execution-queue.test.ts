import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
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
  const server = await startTestServer(settings, { programs: true });
  onTestFinished(server.close);
  return server;
}

const run = async (server: TestServer, input: Partial<ExecuteCodeInput>) =>
  (await query(server.graphql, RunQueued, { input: { language: 'JAVASCRIPT', code: '', ...input } })).result;

const ENDLESS = { language: 'JAVASCRIPT', code: 'setInterval(() => {}, 1000)' } as const;

/** The code of all programs but the first, in the order in which they were started. */
async function order(server: TestServer): Promise<string[]> {
  const executions = await server.app.db.execution.findMany({ orderBy: { startedAt: 'asc' } });
  return executions.slice(1).map(({ code }) => code);
}

/** Has programs wait behind one that runs, and then their turn. */
async function runBehind(server: TestServer, inputs: Partial<ExecuteCodeInput>[]): Promise<void> {
  const programs = programsAt(server.graphql);
  const blocker = await programs.start(ENDLESS);
  const queued = vi.spyOn(server.app.executions, 'start');
  const all = [];
  for (const [index, input] of inputs.entries()) {
    all.push(run(server, input));
    await expect.poll(() => queued.mock.calls.length).toBe(index + 1);
  }
  queued.mockRestore();
  await programs.cancel(blocker);
  await Promise.all(all);
}

test('a session that floods keeps nobody waiting for long', async () => {
  const server = await start({ MAX_RUNNING: '1', MAX_QUEUED: '20' });
  const programs = programsAt(server.graphql);
  const [flooder, other] = [await programs.newSession(), await programs.newSession()];
  const flood = Array.from({ length: 8 }, () => ({ sessionId: flooder, code: '"flood"' }));
  await runBehind(server, [...flood, { sessionId: other, code: '"other"' }]);
  expect((await order(server)).indexOf('"other"')).toBe(1);
});

test('sessions take turns, and programs outside a session are one of them', async () => {
  const server = await start({ MAX_RUNNING: '1' });
  const programs = programsAt(server.graphql);
  const sessions = [await programs.newSession(), await programs.newSession(), null];
  await runBehind(
    server,
    sessions.flatMap((sessionId) => ['1', '2', '3'].map((code) => ({ sessionId, code }))),
  );
  expect(await order(server)).toEqual(['1', '1', '1', '2', '2', '2', '3', '3', '3']);
});

test('a session holds half of the places at most', async () => {
  const server = await start({ MAX_RUNNING: '1', MAX_QUEUED: '5' });
  const programs = programsAt(server.graphql);
  const [flooder, other] = [await programs.newSession(), await programs.newSession()];
  for (let count = 0; count < 4; count += 1) await programs.start({ ...ENDLESS, sessionId: flooder });
  expect(await run(server, { sessionId: flooder })).toMatchObject({ code: 'TOO_MANY_EXECUTIONS' });
  await programs.start({ ...ENDLESS, sessionId: other });
  await programs.start({ ...ENDLESS, sessionId: other });
  expect(await run(server, { sessionId: other })).toMatchObject({ code: 'TOO_MANY_EXECUTIONS' });
});

test('who is refused is told when all that is ahead should be done', async () => {
  const server = await start({ MAX_RUNNING: '1', MAX_QUEUED: '10' });
  const programs = programsAt(server.graphql);
  const sessionId = await programs.newSession();
  const began = performance.now();
  for (let count = 0; count < 6; count += 1) await programs.start({ ...ENDLESS, sessionId });
  const all = performance.now();
  await pause(1_200);
  // A second is guessed for each of the five that wait. The one that runs has outlived the guess, and is expected to
  // run on for as long again.
  const least = 5 + (performance.now() - all) / 1_000;
  const refused = await run(server, { sessionId });
  const most = 5 + (performance.now() - began) / 1_000;
  const told = 'retryAfter' in refused ? refused.retryAfter : Number.NaN;
  expect(told).toBeGreaterThanOrEqual(Math.ceil(least));
  expect(told).toBeLessThanOrEqual(Math.ceil(most));
});
