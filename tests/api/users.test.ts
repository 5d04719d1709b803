import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { APIS, type ApiClient, clientsOf } from '../support/api-clients.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const COLORS = [
  '#22d3ee',
  '#a78bfa',
  '#f472b6',
  '#fbbf24',
  '#34d399',
  '#fb7185',
  '#60a5fa',
  '#c084fc',
  '#4ade80',
  '#f97316',
];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe.each(APIS)('users over %s', (name) => {
  let client: ApiClient;
  let id: string;
  beforeAll(() => {
    client = clientsOf(server)[name];
  });
  const newSession = async () => {
    id = (await client.createSession()).value?.id ?? '';
  };

  test('a user who joins has an id, the name given, a colour and a time', async () => {
    await newSession();
    const before = Date.now();
    const { value: user } = await client.join(id, 'Ada Lovelace');
    expect(user).toEqual({
      id: expect.stringMatching(/^[0-9a-z]{8}$/),
      name: 'Ada Lovelace',
      color: expect.stringMatching(/^#[0-9a-f]{6}$/),
      joinedAt: expect.any(Number),
    });
    expect(user?.joinedAt).toBeGreaterThanOrEqual(before);
    expect(await client.getSession(id)).toMatchObject({ users: [user] });
  });

  test.each([undefined, '', '  \t'])('the name %j is generated', async (given) => {
    await newSession();
    expect((await client.join(id, given)).value?.name).toMatch(/^[A-Z][a-z]+[A-Z][a-z]+$/);
  });

  test('a name is stored exactly, up to 100 characters of any plane', async () => {
    await newSession();
    for (const given of [' Ada ', '\u{1F9EA}'.repeat(100)]) {
      expect((await client.join(id, given)).value?.name).toBe(given);
    }
    expect((await client.join(id, 'x'.repeat(101))).failure).toEqual({
      code: 'INVALID_REQUEST',
      message: 'name must be at most 100 characters',
    });
  });

  test('of 50 who join at once ten succeed, with ten colours and ten names', async () => {
    await newSession();
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.join(id)));
    const users = answers.flatMap(({ value }) => value ?? []);
    const failures = answers.flatMap(({ failure }) => failure ?? []);

    expect(users).toHaveLength(10);
    expect(new Set(users.map(({ color }) => color))).toEqual(new Set(COLORS));
    expect(new Set(users.map((user) => user.name)).size).toBe(10);
    expect(failures).toHaveLength(40);
    expect(new Set(failures.map(({ message }) => message))).toEqual(
      new Set(['Session has reached maximum of 10 users']),
    );
    expect((await client.getSession(id))?.users).toHaveLength(10);
  });

  test('who leaves makes room, and the colour is free again', async () => {
    await newSession();
    const users = [];
    for (let count = 0; count < 10; count += 1) users.push((await client.join(id)).value);
    expect((await client.join(id)).failure?.code).toBe('SESSION_AT_CAPACITY');

    const [, , leaving] = users;
    expect(await client.leave(id, leaving?.id ?? '')).toEqual({ value: null });
    const { value: newcomer } = await client.join(id);

    expect(newcomer?.color).toBe(leaving?.color);
    const left = users.filter((user) => user !== leaving).map((user) => user?.id);
    expect((await client.getSession(id))?.users.map((user) => user.id)).toEqual([...left, newcomer?.id]);
  });

  test('leaving twice, or another session, tells that the user is unknown', async () => {
    await newSession();
    const { value: user } = await client.join(id);
    const userId = user?.id ?? '';
    const unknown = {
      failure: { code: 'USER_NOT_FOUND', message: `User with ID '${userId}' not found in session` },
    };
    const { value: other } = await client.createSession();
    expect(await client.leave(other?.id ?? '', userId)).toEqual(unknown);
    await client.leave(id, userId);
    expect(await client.leave(id, userId)).toEqual(unknown);
  });
});
