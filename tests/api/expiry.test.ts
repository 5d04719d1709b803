import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { deleteExpired } from '../../src/access/sweeper.ts';
import { type AccessServer, idOfCredential, startAccessServer } from '../support/closed-server.ts';
import { openEventStream } from '../support/event-stream.ts';
import { openSocket } from '../support/socket.ts';

let server: AccessServer;
let owner: string;
beforeAll(async () => {
  server = await startAccessServer({}, { programs: true });
  owner = await server.key('SESSIONS', 'EXECUTE');
});
afterAll(() => server.close());

let sessionId: string;
let host: { token: string; userId: string };
beforeEach(async () => {
  sessionId = (await server.rest('POST', '/sessions', owner, {})).body.id;
  host = await server.participant(sessionId, 'HOST');
});

const patch = (body: object, token = owner) => server.rest('PATCH', `/sessions/${sessionId}`, token, body);
const statusOf = async () => (await server.rest('GET', `/sessions/${sessionId}`, owner)).body.status;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const completions = async () => {
  const { body } = await server.rest('GET', `/sessions/${sessionId}/events`, owner);
  return body.events.filter((event: { changed?: string[] }) => event.changed?.includes('status'));
};

describe('a session whose end comes', () => {
  test('is completed by the server, once, and its tokens and what is live of them end', async () => {
    const socket = await openSocket(server.graphql, { params: { token: host.token } });
    const watched = await openEventStream(
      `${server.api}/sessions/${sessionId}/events?after=2`,
      bearer(owner),
    );
    onTestFinished(() => watched.stop());
    await patch({ expiresAt: Date.now() + 1_000 });
    expect(await socket.closed).toBe(4401);
    expect(JSON.parse((await watched.next())?.data ?? '')).toMatchObject({ changed: ['expiresAt'] });
    expect(JSON.parse((await watched.next())?.data ?? '')).toMatchObject({
      changed: ['status'],
      session: { status: 'completed' },
    });
    expect((await server.rest('GET', `/sessions/${sessionId}`, host.token)).status).toBe(401);
    await expect.poll(() => server.app.db.participantToken.count({ where: { sessionId } })).toBe(0);
    const actor = '{ session(id: "ID") { events(last: 1) { edges { node { actor { kind id } } } } } }';
    const { body } = await server.ask(actor.replace('ID', sessionId), owner);
    expect(body.data.session.events.edges[0].node.actor).toEqual({ kind: 'SYSTEM', id: null });
    expect(await completions()).toHaveLength(1);
  });

  test('goes on with a later end alone', async () => {
    await patch({ expiresAt: Date.now() + 1_000 });
    await expect.poll(statusOf).toBe('completed');
    const { status, body } = await patch({ status: 'active' });
    expect(status).toBe(400);
    expect(body.message).toMatch(/^expiresAt is over/);
    expect((await patch({ status: 'active', expiresAt: null })).status).toBe(200);
    expect(await statusOf()).toBe('active');
    expect((await server.rest('GET', `/sessions/${sessionId}`, host.token)).status).toBe(401);
  });

  test('that was completed before ends its tokens for good as well', async () => {
    await patch({ status: 'completed', expiresAt: Date.now() + 1_000 });
    const statusFor = async (token: string) =>
      (await server.rest('GET', `/sessions/${sessionId}`, token)).status;
    await expect.poll(() => statusFor(host.token)).toBe(401);
    expect((await patch({ expiresAt: Date.now() + 3_600_000 })).status).toBe(200);
    expect(await statusFor(host.token)).toBe(401);
    const { token } = await server.participant(sessionId, 'HOST');
    expect(await statusFor(token)).toBe(200);
  });

  test('stays as it is when somebody gave it more time', async () => {
    await patch({ expiresAt: Date.now() + 3_000 });
    await patch({ expiresAt: null }, host.token);
    const other = sessionId;
    sessionId = (await server.rest('POST', '/sessions', owner, {})).body.id;
    await patch({ expiresAt: Date.now() + 3_100 });
    await expect.poll(statusOf).toBe('completed');
    sessionId = other;
    expect(await statusOf()).toBe('active');
  });
});

describe('an execution outside of sessions', () => {
  const EXECUTION = 'query ($id: ID!) { execution(id: $id) { stdout } }';
  const CANCEL = `mutation ($id: ID!) { cancelExecution(input: { id: $id }) { __typename ... on Error { code } } }`;
  const START = `mutation ($code: String!) { startExecution(input: { language: JAVASCRIPT, code: $code }) {
    ... on StartExecutionPayload { execution { id } } } }`;

  test('is for the key that started it, and for ADMIN', async () => {
    const [other, admin] = await Promise.all([server.key('EXECUTE', 'SESSIONS'), server.key('ADMIN')]);
    const code = 'setInterval(() => {}, 1000)';
    const { body } = await server.ask(START, owner, { code });
    const { id } = body.data.startExecution.execution;
    for (const token of [other, host.token]) {
      expect((await server.ask(EXECUTION, token, { id })).body.data.execution).toBeNull();
      expect((await server.ask(CANCEL, token, { id })).body.data.cancelExecution.code).toBe(
        'EXECUTION_NOT_FOUND',
      );
    }
    for (const token of [owner, admin]) {
      expect((await server.ask(EXECUTION, token, { id })).body.data.execution).toEqual({ stdout: '' });
    }
    const output = `subscription { executionOutput(executionId: "${id}") { text } }`;
    const stream = await openEventStream(
      `${server.graphql}?query=${encodeURIComponent(output)}`,
      bearer(owner),
    );
    expect((await server.ask(CANCEL, owner, { id })).body.data.cancelExecution.__typename).toBe(
      'CancelExecutionPayload',
    );
    expect((await stream.next())?.event).toBe('complete');
  });

  test('that was stored at its end alone is, too', async () => {
    const run = `mutation { executeCode(input: { language: JAVASCRIPT, code: "console.log(1)" }) {
      ... on ExecuteCodePayload { execution { id } } } }`;
    const { id } = (await server.ask(run, owner)).body.data.executeCode.execution;
    const other = await server.key('EXECUTE');
    expect((await server.ask(EXECUTION, owner, { id })).body.data.execution).toEqual({ stdout: '1\n' });
    expect((await server.ask(EXECUTION, other, { id })).body.data.execution).toBeNull();
  });
});

describe('a ticket', () => {
  const newTicket = async () =>
    (
      await server.ask(
        'mutation { result: createTicket { ... on CreateTicketPayload { token expiresAt } } }',
        host.token,
      )
    ).body.data.result;
  const events = (ticket: string) =>
    openEventStream(`${server.api}/sessions/${sessionId}/events?ticket=${ticket}`);
  const lifeOf = async (ticket: string) => {
    const id = idOfCredential(ticket);
    const { expiresAt } = await server.app.db.ticket.findUniqueOrThrow({ where: { id } });
    return (expiresAt.getTime() - Date.now()) / 1_000;
  };

  test('waits 60 s for its first use, and 5 min for the next', async () => {
    const { token } = await newTicket();
    expect(await lifeOf(token)).toBeGreaterThan(55);
    expect(await lifeOf(token)).toBeLessThanOrEqual(60);
    const stream = await events(token);
    expect(stream.status).toBe(200);
    await expect.poll(() => lifeOf(token)).toBeGreaterThan(290);
    await server.app.db.ticket.updateMany({ data: { expiresAt: new Date(Date.now() + 5_000) } });
    stream.stop();
    await expect.poll(() => lifeOf(token)).toBeGreaterThan(290);
  });

  test('is kept good while a stream is open', async () => {
    const { token } = await newTicket();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const stream = await events(token);
    onTestFinished(() => stream.stop());
    await server.app.db.ticket.updateMany({ data: { expiresAt: new Date(Date.now() + 5_000) } });
    vi.advanceTimersByTime(60_000);
    vi.useRealTimers();
    await expect.poll(() => lifeOf(token)).toBeGreaterThan(290);
  });

  test('opens streams by URL, and nothing else', async () => {
    const { token } = await newTicket();
    const url = `${server.api}/sessions/${sessionId}?ticket=${token}`;
    expect((await fetch(url, { headers: { accept: 'text/event-stream' } })).status).toBe(401);
    expect((await server.rest('GET', `/sessions/${sessionId}`, token)).status).toBe(401);
    const edit = `mutation { updateSession(input: { id: "${sessionId}", language: PYTHON }) { __typename } }`;
    const query = new URLSearchParams({ query: edit, ticket: token });
    const answer = await fetch(`${server.graphql}?${query}`, { headers: { accept: 'text/event-stream' } });
    expect(await answer.text()).not.toContain('Payload');
    expect((await server.rest('GET', `/sessions/${sessionId}`, owner)).body.language).toBe('javascript');
  });

  test('ends with its user', async () => {
    const { token } = await newTicket();
    await server.rest('DELETE', `/sessions/${sessionId}/users/${host.userId}`, owner);
    expect((await events(token)).status).toBe(401);
  });
});

test('expired tickets, invites and tokens are deleted, and no others', async () => {
  const { db } = server.app;
  const invite = `mutation { createInvite(input: { sessionId: "${sessionId}", role: HOST }) { __typename } }`;
  const ticket = 'mutation { createTicket { __typename } }';
  for (let count = 0; count < 2; count += 1) {
    await server.ask(invite, owner);
    await server.ask(ticket, host.token);
    await server.participant(sessionId, 'OBSERVER');
  }
  const old = { expiresAt: new Date(Date.now() - 61_000) };
  const where = { sessionId };
  const [first] = await db.invite.findMany({ where });
  await db.invite.updateMany({ where: { id: first?.id ?? '' }, data: old });
  const tickets = { token: { sessionId } };
  const [oldTicket] = await db.ticket.findMany({ where: tickets });
  await db.ticket.updateMany({ where: { id: oldTicket?.id ?? '' }, data: old });
  const token = await db.participantToken.findFirst({ where: { ...where, tickets: { none: {} } } });
  await db.participantToken.updateMany({ where: { id: token?.id ?? '' }, data: old });
  await deleteExpired(db);
  expect(await db.invite.count({ where })).toBe(1);
  expect(await db.ticket.count({ where: tickets })).toBe(1);
  expect(await db.participantToken.count({ where })).toBe(2);
});
