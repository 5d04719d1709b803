import { expect, onTestFinished, test, vi } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { openSocket } from '../support/socket.ts';

const ENDLESS = 'import time\nwhile True: time.sleep(1)';
const EXECUTE = 'mutation ($input: ExecuteCodeInput!) { executeCode(input: $input) { __typename } }';

const post = (url: string, body: object, signal?: AbortSignal) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });

/** Asks for a program and waits for its end. Returns how the client goes away. */
const CLIENTS: Record<string, (server: TestServer, sessionId?: string) => Promise<() => void>> = {
  REST: async ({ api }) => {
    const abort = new AbortController();
    const body = { code: ENDLESS, language: 'python', timeout: 60_000 };
    post(`${api}/execute`, body, abort.signal).catch(() => {});
    return () => abort.abort();
  },
  'GraphQL over HTTP': async ({ graphql }, sessionId) => {
    const abort = new AbortController();
    post(graphql, { query: EXECUTE, variables: variables(sessionId) }, abort.signal).catch(() => {});
    return () => abort.abort();
  },
  'GraphQL over WebSocket': async ({ graphql }, sessionId) => {
    const socket = await openSocket(graphql);
    socket.subscribe('1', EXECUTE, variables(sessionId));
    return () => socket.raw.terminate();
  },
};

const variables = (sessionId?: string) => ({
  input: { code: ENDLESS, language: 'PYTHON', timeoutMs: 60_000, ...(sessionId && { sessionId }) },
});

async function startServer() {
  const server = await startTestServer({ MAX_RUNNING: '1' }, { programs: true });
  onTestFinished(server.close);
  return { server, started: vi.spyOn(server.app.sandbox, 'run') };
}

test.each(Object.entries(CLIENTS))(
  'a program whose client over %s has gone is cancelled, and leaves its place to the next one',
  async (_, ask) => {
    const { server, started } = await startServer();
    const leave = await ask(server);
    await expect.poll(() => started.mock.calls.length).toBe(1);
    const next = post(`${server.api}/execute`, { code: 'print(1)', language: 'python' });
    leave();
    expect(await (await next).json()).toMatchObject({ output: '1', error: null });
    const [abandoned] = await server.app.db.execution.findMany({ where: { code: ENDLESS } });
    expect(abandoned).toMatchObject({ status: 'CANCELLED', error: 'Cancelled: the client has gone' });
  },
);

test('a program in a session goes on when its client has gone, because others see it', async () => {
  const { server, started } = await startServer();
  const { id: sessionId } = await (await post(`${server.api}/sessions`, {})).json();
  const leave = await CLIENTS['GraphQL over WebSocket']?.(server, sessionId);
  await expect.poll(() => started.mock.calls.length).toBe(1);
  leave?.();
  await expect.poll(() => server.app.connections.count('websocket')).toBe(0);
  expect(await server.app.db.execution.findMany()).toMatchObject([{ status: 'RUNNING' }]);
});
