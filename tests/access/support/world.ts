import { type AccessServer, idOfCredential, OPERATOR_KEY } from '../../support/closed-server.ts';

/** What is shown: the columns of the table, after four that are wrong in every row. */
export const WRONG = ['garbage', 'wrong secret', 'expired', 'revoked'] as const;
export const RIGHTFUL = [
  'none',
  'elsewhere',
  'observer',
  'candidate',
  'host',
  'owner',
  'no scope',
  'other key',
] as const;
export const COLUMNS = [...WRONG, ...RIGHTFUL] as const;
export type Column = (typeof COLUMNS)[number];

/** Things to act on, and what each column shows. */
export interface World {
  readonly tokens: Readonly<Record<Column, string | null>>;
  readonly sessionId: string;
  /** A user of the session whom nobody is. */
  readonly userId: string;
  /** The user of each participant. */
  readonly users: Readonly<Record<'elsewhere' | 'observer' | 'candidate' | 'host', string>>;
  readonly invite: { readonly id: string; readonly token: string };
  /** An execution in the session, and one that the owner started outside of it; both have ended. */
  readonly execution: string;
  readonly outside: string;
  /** The id of an API key that is nobody's. */
  readonly key: string;
}

/** Makes a session of a key, with everybody of the table. */
export async function createWorld(server: AccessServer): Promise<World> {
  const { app, rest, ask } = server;
  const owner = await server.key('SESSIONS', 'EXECUTE');
  const sessionId: string = (await rest('POST', '/sessions', owner, {})).body.id;
  const another: string = (await rest('POST', '/sessions', await server.key('SESSIONS'), {})).body.id;
  const member = (role: 'HOST' | 'CANDIDATE' | 'OBSERVER', id = sessionId) => server.participant(id, role);
  const [elsewhere, observer, candidate, host, victim] = [
    await member('HOST', another),
    await member('OBSERVER'),
    await member('CANDIDATE'),
    await member('HOST'),
    await member('CANDIDATE'),
  ];
  const [expired, revoked, spare] = [
    await member('HOST'),
    await server.key('ADMIN'),
    await server.key('EXECUTE'),
  ];
  const past = { expiresAt: new Date(Date.now() - 1_000) };
  await app.db.participantToken.updateMany({ where: { id: idOfCredential(expired.token) }, data: past });
  await rest('DELETE', `/keys/${idOfCredential(revoked)}`, OPERATOR_KEY);
  const invite = (
    await rest('POST', `/sessions/${sessionId}/invites`, owner, { role: 'candidate', uses: 50 })
  ).body;
  const run = async (id: string) => {
    const input = `{ ${id} language: JAVASCRIPT, code: "console.log(1)" }`;
    const query = `mutation { executeCode(input: ${input}) { ... on ExecuteCodePayload { execution { id } } } }`;
    return (await ask(query, owner)).body.data.executeCode.execution.id;
  };
  return {
    tokens: {
      garbage: 'nonsense',
      'wrong secret': owner.replace(/.{43}$/, 'A'.repeat(43)),
      expired: expired.token,
      revoked,
      none: null,
      elsewhere: elsewhere.token,
      observer: observer.token,
      candidate: candidate.token,
      host: host.token,
      owner,
      'no scope': await server.key('METRICS'),
      'other key': await server.key('SESSIONS', 'EXECUTE'),
    },
    sessionId,
    userId: victim.userId,
    users: {
      elsewhere: elsewhere.userId,
      observer: observer.userId,
      candidate: candidate.userId,
      host: host.userId,
    },
    invite,
    execution: await run(`sessionId: "${sessionId}"`),
    outside: await run(''),
    key: idOfCredential(spare),
  };
}
