import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { programsAt, textOf } from '../support/executions.ts';
import { type ServerProcess, spawnServer } from '../support/process.ts';
import { subscribe } from '../support/subscribe.ts';

const WatchPrograms = graphql(`
  subscription WatchPrograms($sessionId: ID!) {
    sessionEvents(sessionId: $sessionId, after: 0) {
      __typename
      ... on ExecutionStarted { execution { id } }
      ... on ExecutionFinished { execution { id status stdout error } }
    }
  }
`);

const TICKING = 'let n = 0; setInterval(() => console.log(n++), 10)';

let folder: string;
const servers: ServerProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'codeinterview-executions-'));
});
afterEach(async () => {
  for (const { child, exit } of servers.splice(0)) {
    child.kill('SIGKILL');
    await exit();
  }
  await rm(folder, { recursive: true });
});

async function start(settings: NodeJS.ProcessEnv = {}) {
  const server = spawnServer({ HOST: '127.0.0.1', PORT: '0', ...settings }, folder);
  servers.push(server);
  const [, url = ''] = await server.waitFor(/listens on (http:\/\/[^ ]+)/);
  const endpoint = `${url}/graphql`;
  const watch = (sessionId: string) => {
    const stream = subscribe('WebSocket', endpoint, WatchPrograms, { sessionId });
    onTestFinished(() => stream.stop().catch(() => {}));
    return { ...stream, event: async () => (await stream.data()).sessionEvents };
  };
  return { ...server, programs: programsAt(endpoint), watch };
}

test('what a killed server ran and held in its queue is closed by the next, and told', async () => {
  const first = await start({ MAX_RUNNING: '1' });
  const sessionId = await first.programs.newSession();
  const running = await first.programs.start({ language: 'JAVASCRIPT', code: TICKING, sessionId });
  const queued = await first.programs.start({ language: 'JAVASCRIPT', code: '1' });
  const output = first.programs.follow(running);
  const seen = [await output.chunk(), await output.chunk()];
  first.child.kill('SIGKILL');
  await first.exit();

  const { programs, watch } = await start();
  const events = watch(sessionId);
  expect(await events.event()).toMatchObject({ __typename: 'SessionCreated' });
  expect(await events.event()).toMatchObject({ __typename: 'ExecutionStarted' });
  // Comes when the lease of the killed server has expired.
  expect(await events.event()).toMatchObject({
    __typename: 'ExecutionFinished',
    execution: { id: running, status: 'SANDBOX_ERROR' },
  });
  const closed = await programs.find(running);
  expect(closed).toMatchObject({
    status: 'SANDBOX_ERROR',
    error: 'The server stopped while the program ran',
    stdout: expect.stringContaining(textOf(seen)),
    finishedAt: expect.any(String),
  });
  await expect
    .poll(() => programs.find(queued))
    .toMatchObject({ status: 'SANDBOX_ERROR', error: 'The server stopped before the program started' });
  const rest = await programs.follow(running, { after: 2 }).rest();
  expect(textOf([...seen, ...rest])).toBe(closed?.stdout);
}, 120_000);

test('a shutdown tells the end and the rest of the output before it ends the streams', async () => {
  // Programs get half of it: 5 s.
  const server = await start({ MAX_RUNNING: '2', SHUTDOWN_TIMEOUT: '10000' });
  const { programs } = server;
  const sessionId = await programs.newSession();
  const endless = await programs.start({ language: 'JAVASCRIPT', code: TICKING, sessionId });
  // Ends two seconds after its stdin closes, so that the shutdown begins while it runs, on a slow machine too.
  const endsSoon = 'process.stdin.on("end", () => setTimeout(() => console.log("done"), 2000)).resume()';
  const short = await programs.start({ language: 'JAVASCRIPT', code: endsSoon, sessionId });
  const waiting = await programs.start({ language: 'JAVASCRIPT', code: '1', sessionId });
  const output = programs.follow(endless);
  const seen = [await output.chunk()];
  const events = server.watch(sessionId);
  for (let count = 0; count < 3; count += 1) await events.event();

  await programs.write(short, '', true);
  server.child.kill('SIGTERM');

  const shuttingDown = { status: 'CANCELLED', error: 'Cancelled: the server is shutting down' };
  expect(await events.event()).toMatchObject({ execution: { id: waiting, ...shuttingDown } });
  expect(await events.event()).toMatchObject({
    execution: { id: short, status: 'SUCCEEDED', stdout: 'done\n' },
  });
  const last = await events.event();
  expect(last).toMatchObject({ execution: { id: endless, ...shuttingDown } });
  seen.push(...(await output.rest()));
  const stdout = last.__typename === 'ExecutionFinished' ? last.execution.stdout : 'none';
  expect(textOf(seen)).toBe(stdout);
  await expect(events.next()).rejects.toMatchObject({ code: 1001 });
  expect(await server.exit()).toBe(0);
}, 120_000);
