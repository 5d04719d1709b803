import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';

const BEFORE = 'type Query { name: String, age: String }';
const AFTER = 'type Query { name: String }';
const CHANGE = 'Query.age was removed.';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codeinterview-breaking-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  git('init', '--quiet', '--initial-branch=main');
});

function git(...command: string[]): void {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
  execFileSync('git', [...identity, ...command], { cwd: folder });
}

function commit(schema: string): void {
  writeFileSync(join(folder, 'schema.graphql'), schema);
  git('add', '.');
  git('commit', '--quiet', '--message', 'Change');
}

function check() {
  const command = [resolve('node_modules/tsx/dist/cli.mjs'), resolve('scripts/breaking-changes.ts')];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: folder, encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

test('a change that breaks clients fails until it is acknowledged', () => {
  commit(BEFORE);
  commit(AFTER);
  expect(check()).toEqual({ status: 1, said: expect.stringContaining(`- ${CHANGE}`) });
  mkdirSync(join(folder, 'docs'));
  writeFileSync(join(folder, 'docs/breaking-changes.md'), `- ${CHANGE} Nobody has one any more.`);
  expect(check()).toEqual({ status: 0, said: expect.stringContaining(`breaks: ${CHANGE}`) });
});

test('a change that breaks nobody passes, named where it may', () => {
  commit('enum Color { RED } type Query { color: Color }');
  commit('enum Color { RED BLUE } type Query { color: Color, name: String }');
  expect(check()).toEqual({
    status: 0,
    said: expect.stringMatching(/no breaking changes\n {2}may break: .*BLUE/),
  });
});

test('a branch is compared with where it left the main one, not with its last commit', () => {
  commit(BEFORE);
  git('update-ref', 'refs/remotes/origin/HEAD', 'HEAD');
  commit(AFTER);
  commit(`${AFTER} `);
  expect(check().status).toBe(1);
});

test('a clone without history says that there is nothing to compare with', () => {
  commit(BEFORE);
  expect(check()).toEqual({ status: 0, said: expect.stringContaining('no earlier commit') });
});
