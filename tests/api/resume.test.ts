import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readGauges } from '../../src/observability/service.ts';
import { graphql } from '../generated/gql.ts';
import { clientsOf } from '../support/api-clients.ts';
import { openEventStream, subscriptionUrl } from '../support/event-stream.ts';
import { query, request } from '../support/graphql.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const EVENTS = `subscription ($id: ID!, $after: Int) {
  sessionEvents(sessionId: $id, after: $after) { seq }
}`;

const Page = graphql(`
  query Page($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    session(id: $id) {
      seq
      events(first: $first, after: $after, last: $last, before: $before) {
        edges { cursor node { __typename seq ... on SessionUpdated { session { code } } } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
  }
`);

const LogInEvent = graphql(`
  subscription LogInEvent($id: ID!) {
    sessionEvents(sessionId: $id, after: 0) {
      ... on SessionCreated { session { events { edges { node { seq } } } } }
    }
  }
`);

const Cursor = graphql(`
  query Cursor($id: ID!) { session(id: $id) { executions { pageInfo { endCursor } } } }
`);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** A session whose log has this many events. */
async function sessionWith(events: number): Promise<string> {
  const { REST } = clientsOf(server);
  const id = (await REST.createSession({ code: '1' })).value?.id ?? '';
  for (let seq = 2; seq <= events; seq += 1) await REST.updateSession(id, { code: `${seq}` });
  return id;
}

const update = (id: string, code: string) => clientsOf(server).REST.updateSession(id, { code });

const STREAMS = {
  'GraphQL over SSE': {
    url: (id: string, after?: number) => subscriptionUrl(server.graphql, EVENTS, { id, after }),
    seq: (data: string): number => JSON.parse(data).data.sessionEvents.seq,
  },
  'REST over SSE': {
    url: (id: string, after?: number) =>
      `${server.api}/sessions/${id}/events${after === undefined ? '' : `?after=${after}`}`,
    seq: (data: string): number => JSON.parse(data).seq,
  },
};

describe.each(Object.entries(STREAMS))('resuming %s', (_, { url, seq }) => {
  async function open(at: string, headers?: Record<string, string>) {
    const stream = await openEventStream(at, headers);
    onTestFinished(stream.stop);
    const seqs = async (count: number) => {
      const seen: [string | undefined, number][] = [];
      while (seen.length < count) {
        const message = await stream.next();
        if (!message) throw new Error('The stream ended');
        seen.push([message.id, seq(message.data)]);
      }
      return seen;
    };
    return { ...stream, seqs };
  }

  test('every message has the number of its event as id', async () => {
    const id = await sessionWith(3);
    const stream = await open(url(id, 0));
    expect(await stream.seqs(3)).toEqual([
      ['1', 1],
      ['2', 2],
      ['3', 3],
    ]);
    await update(id, 'live');
    expect(await stream.seqs(1)).toEqual([['4', 4]]);
  });

  test('Last-Event-ID wins over the argument', async () => {
    const id = await sessionWith(5);
    const stream = await open(url(id, 0), { 'last-event-id': '3' });
    expect(await stream.seqs(2)).toEqual([
      ['4', 4],
      ['5', 5],
    ]);
  });

  test('a client that has seen everything waits for what comes', async () => {
    const id = await sessionWith(2);
    const stream = await open(url(id), { 'last-event-id': '2' });
    await update(id, 'live');
    expect(await stream.seqs(1)).toEqual([['3', 3]]);
  });

  test('cut after every event, it still sees each once', async () => {
    const id = await sessionWith(8);
    const seen: number[] = [];
    while (seen.length < 8) {
      const stream = await open(url(id, 0), seen.length > 0 ? { 'last-event-id': `${seen.at(-1)}` } : {});
      seen.push(...(await stream.seqs(1)).map(([, number]) => number));
      stream.stop();
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test.each(['-1', '9', 'x', '1e3', '99999999999'])('Last-Event-ID %s is outside the log', async (lastId) => {
    const id = await sessionWith(2);
    const headers = { accept: 'text/event-stream', 'last-event-id': lastId };
    const answer = await (await fetch(url(id, 0), { headers })).text();
    expect(answer).toContain('INVALID_REQUEST');
    expect(answer).toContain('after');
    if (/^-?\d+$/.test(lastId)) expect(answer).toContain('from 0 to 2');
  });

  test('HEAD answers with the headers alone', async () => {
    const at = url(await sessionWith(1), 0);
    const { status, headers } = await fetch(at, { method: 'HEAD', headers: { accept: 'text/event-stream' } });
    expect([200, 405]).toContain(status);
    expect(headers.get('content-type')).toBe('text/event-stream');
    await expect.poll(() => readGauges(server.app).listeners).toBe(0);
  });

  test('the stream ends with the session, and a later resume finds none', async () => {
    const id = await sessionWith(1);
    const stream = await open(url(id, 0));
    await stream.seqs(1);
    await clientsOf(server).REST.deleteSession(id);
    expect(await stream.seqs(1)).toEqual([['2', 2]]);
    for (let message = await stream.next(); message; message = await stream.next()) {
      expect(message).toEqual({ event: 'complete', data: '' });
    }
    const later = await fetch(url(id, 0), { headers: { accept: 'text/event-stream', 'last-event-id': '2' } });
    expect(await later.text()).toContain('SESSION_NOT_FOUND');
  });
});

describe('the log over REST', () => {
  const read = async (path: string) => {
    const response = await fetch(`${server.api}/sessions/${path}`);
    return { status: response.status, body: await response.json() };
  };

  test('has the events after a position, as they were', async () => {
    const id = await sessionWith(3);
    await clientsOf(server).REST.join(id, 'Ada');
    const { status, body } = await read(`${id}/events?after=1`);
    expect(status).toBe(200);
    expect(body).toEqual({
      events: [
        {
          seq: 2,
          type: 'SessionUpdated',
          at: expect.any(Number),
          sessionId: id,
          changed: ['code'],
          session: expect.objectContaining({ id, code: '2', users: [] }),
          edits: [{ userId: null, id: null, changes: [{ at: 0, delete: 1, insert: '2' }], update: 'AAA=' }],
        },
        expect.objectContaining({ seq: 3 }),
        {
          seq: 4,
          type: 'UserJoined',
          at: expect.any(Number),
          sessionId: id,
          user: { id: expect.any(String), name: 'Ada', color: '#22d3ee', joinedAt: expect.any(Number) },
        },
      ],
    });
    expect((await read(`${id}/events?after=4`)).body).toEqual({ events: [] });
  });

  test('comes in pages of at most 100', async () => {
    const id = await sessionWith(130);
    const first = (await read(`${id}/events`)).body.events;
    expect(first).toHaveLength(100);
    const second = (await read(`${id}/events?after=${first.at(-1).seq}`)).body.events;
    expect(second.map(({ seq }: { seq: number }) => seq)).toEqual(
      Array.from({ length: 30 }, (_, n) => n + 101),
    );
  });

  test.each([
    ['-1', /from 0 to 2/],
    ['3', /from 0 to 2/],
    ['x', /after must be a number/],
    ['1.5', /after must be a whole number/],
  ])('after=%s is refused', async (after, message) => {
    const { status, body } = await read(`${await sessionWith(2)}/events?after=${after}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: 'INVALID_REQUEST', message: expect.stringMatching(message) });
  });

  test.each(['HEAD', 'OPTIONS'])('with a trailing slash or without, %s answers', async (method) => {
    const id = await sessionWith(1);
    for (const end of ['', '/']) {
      const answer = await fetch(`${server.api}/sessions/${id}/events${end}`, { method });
      expect([answer.ok, await answer.text()]).toEqual([true, '']);
    }
  });

  test('of an unknown session is not found', async () => {
    expect(await read('0000000000/events')).toMatchObject({
      status: 404,
      body: { error: 'SESSION_NOT_FOUND' },
    });
  });
});

describe('Session.events', () => {
  const page = async (id: string, args: object) => {
    const { session } = await query(server.graphql, Page, { id, ...args });
    if (!session) throw new Error('No session');
    return session.events;
  };
  const seqs = ({ edges }: Awaited<ReturnType<typeof page>>) => edges.map(({ node }) => node.seq);

  test('is the log, oldest first, 20 a page', async () => {
    const id = await sessionWith(45);
    const first = await page(id, {});
    expect(seqs(first)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect(first.edges[1]?.node).toEqual({ __typename: 'SessionUpdated', seq: 2, session: { code: '2' } });
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const second = await page(id, { first: 30, after: first.pageInfo.endCursor });
    expect(seqs(second)).toEqual(Array.from({ length: 25 }, (_, n) => n + 21));
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  test('is read backwards from its end', async () => {
    const id = await sessionWith(9);
    const last = await page(id, { last: 3 });
    expect(seqs(last)).toEqual([7, 8, 9]);
    expect(seqs(await page(id, { last: 2, before: last.pageInfo.startCursor }))).toEqual([5, 6]);
  });

  test('has at most 100 a page', async () => {
    expect(seqs(await page(await sessionWith(120), { first: 1000 }))).toHaveLength(100);
  });

  test('inside an event is the log of then', async () => {
    const id = await sessionWith(3);
    const stream = await openEventStream(subscriptionUrl(server.graphql, LogInEvent.toString(), { id }));
    onTestFinished(stream.stop);
    const { data } = JSON.parse((await stream.next())?.data ?? '');
    expect(data.sessionEvents.session.events.edges).toEqual([{ node: { seq: 1 } }]);
  });

  test('refuses what is no page of it', async () => {
    const [id, other] = [await sessionWith(2), await sessionWith(2)];
    await server.app.db.execution.create({
      data: {
        id: `${id}-run`,
        sessionId: id,
        language: 'PYTHON',
        code: '',
        status: 'SUCCEEDED',
        stdout: '',
        stderr: '',
        droppedBytes: 0,
        createdAt: new Date(),
      },
    });
    const { session } = await query(server.graphql, Cursor, { id });
    const foreign = session?.executions.pageInfo.endCursor;
    expect(foreign).toEqual(expect.any(String));
    const ofOther = (await page(other, {})).pageInfo.endCursor;
    for (const args of [
      { first: -1 },
      { last: -1 },
      { after: 'nonsense' },
      { after: '' },
      { after: foreign },
      { before: foreign },
      { after: ofOther },
    ]) {
      const { errors } = await request(server.graphql, Page, { id, ...args });
      expect([args, errors?.[0]?.extensions?.['code']]).toEqual([args, 'INVALID_REQUEST']);
    }
  });
});
