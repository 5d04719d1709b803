import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parse } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startProxy } from './support/proxy.ts';
import { startTestServer, type TestServer } from './support/server.ts';

const readme = await readFile('README.md', 'utf8');
const run = promisify(execFile);

/** What is to be pasted, by the heading that it stands under. */
const recipes = new Map(
  [...readme.matchAll(/^### (.+?)\n(.*?)(?=^##)/gms)].map(([, heading = '', text = '']) => [
    heading,
    [...text.matchAll(/^```(?:graphql|bash)\n(.*?)^```/gms)].map(([, block]) => block ?? ''),
  ]),
);

function recipe(heading: string): string {
  const [block, ...others] = recipes.get(heading) ?? [];
  if (!block || others.length > 0) throw new Error(`The README has not one block to paste in: ${heading}`);
  return block;
}

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({}, { programs: true });
});
afterAll(() => server.close());

function connect(url = server.url): Client {
  return createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
}

/** The operations of a recipe as streams of data, each to be run with variables as in GraphiQL. */
function paste(heading: string, client: Client) {
  const query = recipe(heading);
  expect(parse(query).definitions.every(({ kind }) => kind === 'OperationDefinition')).toBe(true);
  return async function* (operationName: string, variables: Record<string, unknown> = {}) {
    for await (const { data, errors } of client.iterate({ query, operationName, variables })) {
      expect(errors).toBeUndefined();
      expect(JSON.stringify(data)).not.toContain('"message"');
      yield data;
    }
  };
}

async function first<Item>(items: AsyncIterable<Item>): Promise<Item> {
  for await (const item of items) return item;
  throw new Error('There is no first one');
}

/** The id of the one object in a mutation's answer. */
function idIn(data: unknown): string {
  const [, id = ''] = /"id":"(\w+)"/.exec(JSON.stringify(data)) ?? [];
  return id;
}

async function create(client: Client): Promise<string> {
  return idIn(await first(paste('Create and join', client)('Create')));
}

test('there are six recipes, each one block to paste', () => {
  expect([...recipes.keys()]).toEqual([
    'Open it',
    'Create and join',
    'Edit live',
    'Run code',
    'Resume after a cut',
    'Use REST',
  ]);
  for (const heading of recipes.keys()) recipe(heading);
});

test('open it', async () => {
  const script = recipe('Open it').replaceAll('http://localhost:8000', server.url);
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script]);
  const page = await fetch(stdout.trim(), { headers: { accept: 'text/html' } });
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<title>CodeInterview</title>');
});

test('create and join', async () => {
  const client = connect();
  const id = await create(client);
  expect(await first(paste('Create and join', client)('Join', { id }))).toMatchObject({
    joinSession: { user: { name: 'Ada' } },
  });
  await client.dispose();
});

test('edit live', async () => {
  const client = connect();
  const id = await create(client);
  const operation = paste('Edit live', client);
  const watched = operation('Watch', { id });
  expect((await watched.next()).value).toMatchObject({ session: { seq: 1, code: "print('hello')" } });
  await first(operation('Edit', { id }));
  expect((await watched.next()).value).toMatchObject({ session: { seq: 2, code: 'print(6 * 7)' } });
  await client.dispose();
});

test('run code', async () => {
  const client = connect();
  const operation = paste('Run code', client);
  const executionId = idIn(await first(operation('Start', { id: await create(client) })));
  const output = operation('Output', { executionId });
  expect((await output.next()).value).toMatchObject({
    executionOutput: { seq: 1, stream: 'STDOUT', text: expect.stringContaining('Who is there?') },
  });
  await first(operation('Type', { executionId }));
  const rest = [];
  for await (const data of output) rest.push(data);
  expect(JSON.stringify(rest)).toContain('Hello, Ada');
  await client.dispose();
});

test('resume after a cut', async () => {
  const client = connect();
  const id = await create(client);
  const proxy = await startProxy(server.url);
  const cut = connect(proxy.url);
  const followed = paste('Resume after a cut', cut)('Follow', { id, after: 0 });
  expect((await followed.next()).value).toMatchObject({
    sessionEvents: { seq: 1, __typename: 'SessionCreated' },
  });
  const end = expect(followed.next()).rejects.toBeDefined();
  proxy.cut();
  await end;
  await first(paste('Edit live', client)('Edit', { id }));
  expect(await first(paste('Resume after a cut', cut)('Follow', { id, after: 1 }))).toMatchObject({
    sessionEvents: { seq: 2, __typename: 'SessionUpdated', session: { code: 'print(6 * 7)' } },
  });
  await cut.dispose();
  proxy.close();
  await client.dispose();
});

test('use REST', async () => {
  const script = recipe('Use REST').replace('http://localhost:8000', server.url);
  const failOnHttpErrors = 'curl() { command curl --fail-with-body "$@"; }';
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', `${failOnHttpErrors}\n${script}`]);
  const answers = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  expect(answers).toMatchObject([
    { language: 'python', code: 'print(1)' },
    { code: 'print(6 * 7)', status: 'completed' },
    { seq: 3, changes: [{ at: 0, insert: '# Ada\n' }] },
    { users: [{ name: 'Ada' }] },
    { events: [{ seq: 1 }, { seq: 2 }, { seq: 3 }, { seq: 4, type: 'UserJoined' }, { seq: 5 }] },
    { output: '42', error: null },
    { status: 'ok' },
  ]);
});

test('every documented route has its curl', async () => {
  const { paths } = await (await fetch(`${server.url}/openapi.json`)).json();
  // docs/access.md has the routes that need a credential.
  const recipes = `${recipe('Use REST')}${await readFile('docs/access.md', 'utf8')}`;
  const curls = [...recipes.matchAll(/rest (?:-X (\w+) )?\$API([^\s)]+)( -d)?/g)].map(
    ([, method, path = '', body]) => {
      const route = path
        .replace('$SESSION', '{sessionId}')
        .replace('$MEMBER', '{userId}')
        .replace('$INVITE', '{inviteId}')
        .replace('$KEY', '{id}');
      return `${method ?? (body ? 'POST' : 'GET')} /api/v1${route}`;
    },
  );
  const routes = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect([...new Set(curls)].sort()).toEqual(routes.sort());
});

test('the table of settings is what `npm run settings` prints', async () => {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', 'scripts/settings.ts']);
  expect(readme).toContain(`<!-- settings -->\n${stdout}<!-- /settings -->`);
});
