import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccessServer, OPERATOR_KEY, startAccessServer } from '../support/closed-server.ts';

const page = await readFile('docs/access.md', 'utf8');
const run = promisify(execFile);

const recipes = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text ?? '');
const [asCurl = '', ownPage = '', rotation = ''] = recipes('bash');
const [asGraphQL = ''] = recipes('graphql');
const [asBackend = ''] = recipes('js');

let server: AccessServer;
let key: string;
beforeAll(async () => {
  server = await startAccessServer();
  key = await server.key('SESSIONS', 'EXECUTE');
});
afterAll(() => server.close());

/** Runs a recipe of curl as it stands, but for the address of the server. Returns the lines of JSON that it prints. */
async function bash(recipe: string) {
  const failOnHttpErrors = 'curl() { command curl --fail-with-body "$@"; }';
  const script = `${failOnHttpErrors}\n${recipe.replaceAll('http://localhost:8000', server.url)}`;
  const env = { ...process.env, KEY: key, OPERATOR_KEY };
  const { stdout } = await run('bash', ['-eu', '-c', script], { env });
  const lines = stdout.split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line.replace(/^data: /, '')));
}

/** Opens a link as the page does. Returns who has joined, as the token says. */
async function open(link: string) {
  const [, sessionId = '', invite = ''] = /\/s\/(\w+)#(\S+)$/.exec(link) ?? [];
  const joined = await server.rest('POST', `/sessions/${sessionId}/users`, null, { invite });
  return (await server.rest('GET', '/viewer', joined.body.token)).body;
}

test('as curl: two links, of which the candidate’s has been used', async () => {
  const [host, candidate, joined, locked, completed] = await bash(asCurl);
  expect(joined).toMatchObject({ name: 'Ada', token: expect.stringMatching(/^cip_/) });
  expect(locked).toMatchObject({ status: 'active' });
  expect(completed).toMatchObject({ status: 'completed' });
  expect(await open(host)).toMatchObject({ role: 'host', session: { status: 'completed' } });
  const [, id = '', invite = ''] = /\/s\/(\w+)#(\S+)$/.exec(candidate) ?? [];
  const again = await server.rest('POST', `/sessions/${id}/users`, null, { invite });
  expect(again.body.error).toBe('INVITE_INVALID');
});

test('as GraphQL', async () => {
  const send = async (operationName: string, token: string | null, variables?: object) => {
    const headers = {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const body = JSON.stringify({ query: asGraphQL, operationName, variables });
    const { data } = await (await fetch(server.graphql, { method: 'POST', headers, body })).json();
    expect(JSON.stringify(data)).not.toContain('"message"');
    return data;
  };
  const { id } = (await send('Create', key)).createSession.session;
  const { host, candidate } = await send('Invite', key, { id });
  for (const [{ token: invite }, role] of [
    [host, 'HOST'],
    [candidate, 'CANDIDATE'],
  ]) {
    const { joinSession } = await send('Join', null, { id, invite });
    expect(joinSession.user.role).toBe(role);
  }
  expect((await send('Complete', key, { id })).updateSession.session.status).toBe('COMPLETED');
});

test('as a backend', async () => {
  expect(asBackend.trim().split('\n').length).toBeLessThanOrEqual(24);
  const code = asBackend.replace('http://localhost:8000', server.url);
  const createInterview = new Function('process', `${code}\nreturn createInterview;`)({ env: { KEY: key } });
  const { id, interviewer, candidate } = await createInterview(new Date(Date.now() + 3_600_000));
  expect(await open(interviewer)).toMatchObject({ role: 'host', session: { id } });
  expect(await open(candidate)).toMatchObject({ role: 'candidate', session: { id } });
});

test('for a page of one’s own: a participant, a role, an invite to come back, a ticket', async () => {
  const [changed, invites, viewer, event] = await bash(ownPage);
  expect(changed).toMatchObject({ name: 'Ada', role: 'observer' });
  expect(invites).toMatchObject({ invites: [{ role: 'host', usesLeft: 1 }] });
  expect(viewer).toMatchObject({ kind: 'participant', role: 'observer', user: { name: 'Ada' } });
  expect(event).toMatchObject({ seq: 1, type: 'SessionCreated' });
});

test('the rotation of keys', async () => {
  const [list] = await bash(rotation);
  expect(list.keys.at(-1)).toMatchObject({ name: 'shop', scopes: ['sessions', 'execute'] });
  const { keys } = (await server.rest('GET', '/keys', OPERATOR_KEY)).body;
  expect(keys.map(({ id }: { id: string }) => id)).not.toContain(list.keys.at(-1).id);
});
