import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

const GRAPHQL_USE = `
import type { ResultOf } from '@graphql-typed-document-node/core';
import { graphql } from './gql/gql';
const Code = graphql(\`query Code($id: ID!) { session(id: $id) { code language createdAt } }\`);
export type Found = NonNullable<ResultOf<typeof Code>['session']>;
export const found: Found = { code: '1', language: 'PYTHON', createdAt: '2026-01-31T12:00:00.000Z' };
`;

const REST_USE = `
import { createSession, type Session } from './interviews';
export async function create(): Promise<Session | undefined> {
  const created = await createSession({ language: 'python' });
  return created.status === 201 ? created.data : undefined;
}
`;

let server: TestServer;
let project: string;
beforeAll(async () => {
  server = await startTestServer();
  project = await mkdtemp(join(tmpdir(), 'codeinterview-project-'));
  await mkdir(join(project, 'src'));
  // What the documentation has people install.
  await symlink(resolve('node_modules'), join(project, 'node_modules'));
});
afterAll(async () => {
  await server.close();
  await rm(project, { recursive: true });
});

/** The code of docs/clients.md in a language, for this server. */
async function documented(language: string): Promise<string[]> {
  const blocks = (await readFile('docs/clients.md', 'utf8')).matchAll(/^```(\w+)\n(.*?)^```/gms);
  return [...blocks].flatMap(([, name, text = '']) =>
    name === language ? [text.replace('http://localhost:8000', server.url)] : [],
  );
}

async function run(command: string): Promise<void> {
  await promisify(execFile)('sh', ['-c', command], { cwd: project });
}

// Four compilers and generators, each a process.
test('the documented commands type a project of TypeScript', { timeout: 300_000 }, async () => {
  const commands = (await documented('sh')).filter((command) => command.startsWith('npx '));
  expect(commands).toHaveLength(2);
  await writeFile(join(project, 'codegen.ts'), (await documented('ts')).join());
  await writeFile(join(project, 'src/graphql-use.ts'), GRAPHQL_USE);
  await writeFile(join(project, 'src/rest-use.ts'), REST_USE);

  await Promise.all(commands.map(run));

  const check =
    'npx tsc --noEmit --strict --skipLibCheck --module esnext --moduleResolution bundler src/*.ts';
  await run(check);
  await writeFile(join(project, 'src/graphql-use.ts'), GRAPHQL_USE.replace("'PYTHON'", "'COBOL'"));
  await expect(run(check)).rejects.toMatchObject({ stdout: expect.stringMatching(/COBOL/) });
});
