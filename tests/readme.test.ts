import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { OperationTypeNode, parse } from 'graphql';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { SETTINGS } from '../src/config.ts';
import { startTestServer, type TestServer } from './support/server.ts';

const readme = await readFile('README.md', 'utf8');

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(
    ([, text]) => text ?? '',
  );
}

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test('every curl of the README succeeds against a real server', async () => {
  const script = blocks('bash').join('\n').replaceAll('http://localhost:8000', server.url);
  const failOnHttpErrors = 'curl() { command curl --fail-with-body "$@"; echo; }';
  const { stdout } = await promisify(execFile)('bash', [
    '-euo',
    'pipefail',
    '-c',
    `${failOnHttpErrors}\n${script}`,
  ]);
  const answers = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  expect(answers).toMatchObject([
    { language: 'python', code: 'print(1)' },
    { code: 'print(6 * 7)', status: 'completed' },
    { users: [{ name: 'Ada' }] },
    { events: [{ seq: 1 }, { seq: 2 }, { seq: 3, type: 'UserJoined' }, { seq: 4 }] },
    { output: '42', error: null },
    { status: 'ok' },
  ]);
});

test('every documented route has its curl', async () => {
  const { paths } = await (await fetch(`${server.url}/openapi.json`)).json();
  const curls = blocks('bash')
    .join('')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .flatMap((line) => {
      const url = /localhost:8000(\S+)/.exec(line)?.[1];
      const method = / -X (\w+)/.exec(line)?.[1] ?? 'GET';
      return url ? [`${method} ${url.replace('$SESSION', '{sessionId}').replace('$USER', '{userId}')}`] : [];
    });
  const routes = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(curls.sort()).toEqual(routes.sort());
});

function idIn(value: unknown): string | undefined {
  return value && typeof value === 'object' && 'id' in value ? String(value.id) : undefined;
}

describe('the GraphQL examples, in the order of the README', () => {
  test('run as they stand', async () => {
    const client = createClient({
      url: server.graphql.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    let id: string | undefined;
    let executionId: string | undefined;
    const watched: unknown[] = [];
    const open: AsyncIterableIterator<unknown>[] = [];
    for (const document of blocks('graphql')) {
      const results = client.iterate<Record<string, Record<string, unknown>>>({
        query: document,
        variables: { id, executionId },
      });
      const { value } = await results.next();
      expect(value?.errors).toBeUndefined();
      expect(JSON.stringify(value?.data)).not.toContain('"message"');
      const [definition] = parse(document).definitions;
      const isMutation =
        definition?.kind === 'OperationDefinition' && definition.operation === OperationTypeNode.MUTATION;
      if (isMutation) {
        await results.return?.();
      } else {
        watched.push(value?.data);
        open.push(results);
      }
      id ??= idIn(value?.data?.['createSession']?.['session']);
      executionId ??= idIn(value?.data?.['startExecution']?.['execution']);
    }
    expect(watched).toMatchObject([
      { session: { seq: 1, code: "print('hello')" } },
      { executionOutput: { seq: 1, stream: 'STDOUT', text: expect.stringContaining('Who is there?') } },
      { sessionEvents: { seq: 1, __typename: 'SessionCreated' } },
    ]);
    const rest: unknown[] = [];
    for await (const result of open[1] ?? []) rest.push(result);
    expect(JSON.stringify(rest)).toContain('Hello, Ada');
    await client.dispose();
  });
});

test('the table of settings is that of the config', () => {
  const rows = Object.entries(SETTINGS).map(([name, schema]) => {
    const value = schema.parse(undefined);
    const shown = schema.meta()?.['shownDefault'] ?? `\`${Array.isArray(value) ? value.join(',') : value}\``;
    return `| \`${name}\` | ${shown} | ${schema.description} |`;
  });
  const table = ['| variable | default | meaning |', '|---|---|---|', ...rows].join('\n');
  expect(readme).toContain(`<!-- settings -->\n${table}\n<!-- /settings -->`);
});
