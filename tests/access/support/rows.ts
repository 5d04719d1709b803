import { type Door, mutation, type Outcome, query, route, row, subscription, userOf } from './doors.ts';
import type { Column } from './world.ts';

export interface Row {
  readonly name: string;
  readonly outcomes: Readonly<Record<Column, Outcome>>;
  /** Whether what is allowed takes away what the others act on. */
  readonly destroys?: true;
  readonly doors: readonly Door[];
}

const EVERYBODY = row('yes', 'yes', 'yes', 'yes', 'yes', 'yes', 'yes', 'yes');
const READ = row(401, 404, 'yes', 'yes', 'yes', 'yes', 404, 404);
const EDIT = row(401, 404, 403, 'yes', 'yes', 'yes', 404, 404);
const CONTROL = row(401, 404, 403, 403, 'yes', 'yes', 404, 404);
const INVITE = CONTROL;

const program = 'language: JAVASCRIPT, code: "1"';

/** The contract. A new way in needs a row. */
export const ROWS: readonly Row[] = [
  {
    name: 'create a session',
    outcomes: row(401, 403, 403, 403, 403, 'yes', 403, 'yes'),
    doors: [mutation('createSession', () => 'language: PYTHON'), route('POST', '/sessions', () => ({}))],
  },
  {
    name: 'read a session and what is in it',
    outcomes: READ,
    doors: [
      query(
        'session',
        ({ sessionId }) => `session(id: "${sessionId}") { id users { id } events { edges { cursor } } }`,
      ),
      query('session', ({ sessionId }) => `session(id: "${sessionId}", at: 1) { code }`),
      query('session', ({ sessionId }) => `session(id: "${sessionId}") { document { state } }`),
      query('execution', ({ execution }) => `execution(id: "${execution}") { id session { id } }`),
      route('GET', '/sessions/{sessionId}'),
      route('GET', '/sessions/{sessionId}/users'),
      route('GET', '/sessions/{sessionId}/events'),
    ],
  },
  {
    name: 'follow a session and what is in it',
    outcomes: READ,
    doors: [
      subscription('session', ({ sessionId }) => `session(id: "${sessionId}") { id }`),
      subscription(
        'sessionEvents',
        ({ sessionId }) => `sessionEvents(sessionId: "${sessionId}", after: 0) { seq }`,
      ),
      subscription('presence', ({ sessionId }) => `presence(sessionId: "${sessionId}") { users { userId } }`),
      subscription(
        'documentUpdates',
        ({ sessionId }) => `documentUpdates(sessionId: "${sessionId}") { update }`,
      ),
      subscription(
        'executionOutput',
        ({ execution }) => `executionOutput(executionId: "${execution}") { seq }`,
      ),
    ],
  },
  {
    name: 'edit the code and the language',
    outcomes: EDIT,
    doors: [
      mutation('updateSession', ({ sessionId }) => `id: "${sessionId}", code: "x"`),
      mutation('updateSession', ({ sessionId }) => `id: "${sessionId}", language: PYTHON`),
      mutation('editSession', ({ sessionId }) => `sessionId: "${sessionId}", id: "e", base: 1, changes: []`),
      mutation('mergeDocument', ({ sessionId }) => `sessionId: "${sessionId}", update: "AAA="`),
      route('PATCH', '/sessions/{sessionId}', () => ({ code: 'y' })),
      route('POST', '/sessions/{sessionId}/edits', () => ({ id: 'f', base: 1, changes: [] })),
    ],
  },
  {
    name: 'status, locks and end',
    outcomes: CONTROL,
    doors: [
      mutation('updateSession', ({ sessionId }) => `id: "${sessionId}", status: ACTIVE`),
      mutation('updateSession', ({ sessionId }) => `id: "${sessionId}", code: "z", locks: []`),
      mutation('updateSession', ({ sessionId }) => `id: "${sessionId}", expiresAt: null`),
      route('PATCH', '/sessions/{sessionId}', () => ({ locks: [] })),
      route('PATCH', '/sessions/{sessionId}', () => ({ code: 'z', expiresAt: null })),
    ],
  },
  {
    name: 'delete a session',
    outcomes: CONTROL,
    destroys: true,
    doors: [
      mutation('deleteSession', ({ sessionId }) => `id: "${sessionId}"`),
      route('DELETE', '/sessions/{sessionId}'),
    ],
  },
  {
    name: 'join without an invite',
    outcomes: row('invite', 'invite', 'invite', 'invite', 'invite', 'invite', 'invite', 'invite'),
    doors: [
      mutation('joinSession', ({ sessionId }) => `sessionId: "${sessionId}"`),
      route('POST', '/sessions/{sessionId}/users', () => ({})),
    ],
  },
  {
    name: 'join with an invite',
    outcomes: EVERYBODY,
    destroys: true,
    doors: [
      mutation(
        'joinSession',
        ({ sessionId, invite }) => `sessionId: "${sessionId}", invite: "${invite.token}"`,
      ),
      route('POST', '/sessions/{sessionId}/users', ({ invite }) => ({ invite: invite.token })),
    ],
  },
  {
    name: 'leave oneself',
    outcomes: row(401, 404, 'yes', 'yes', 'yes', 'yes', 404, 404),
    destroys: true,
    doors: [
      mutation(
        'leaveSession',
        (world, column) => `sessionId: "${world.sessionId}", userId: "${userOf(world, column)}"`,
      ),
      route(
        'DELETE',
        '/sessions/{sessionId}/users/{userId}',
        undefined,
        (world, column) => `/sessions/${world.sessionId}/users/${userOf(world, column)}`,
      ),
    ],
  },
  {
    name: 'remove another',
    outcomes: CONTROL,
    destroys: true,
    doors: [
      mutation('leaveSession', ({ sessionId, userId }) => `sessionId: "${sessionId}", userId: "${userId}"`),
      route(
        'DELETE',
        '/sessions/{sessionId}/users/{userId}',
        undefined,
        ({ sessionId, userId }) => `/sessions/${sessionId}/users/${userId}`,
      ),
    ],
  },
  {
    name: 'presence of oneself',
    outcomes: row(401, 404, 'yes', 'yes', 'yes', 403, 404, 404),
    doors: [
      mutation(
        'updatePresence',
        (world, column) =>
          `sessionId: "${world.sessionId}", userId: "${userOf(world, column)}", typing: true`,
      ),
    ],
  },
  {
    name: 'presence of another',
    outcomes: row(401, 404, 403, 403, 403, 403, 404, 404),
    doors: [
      mutation(
        'updatePresence',
        ({ sessionId, userId }) => `sessionId: "${sessionId}", userId: "${userId}", typing: true`,
      ),
    ],
  },
  {
    name: 'run in the session, cancel, write stdin',
    outcomes: EDIT,
    doors: [
      mutation('executeCode', ({ sessionId }) => `sessionId: "${sessionId}", ${program}`),
      mutation('startExecution', ({ sessionId }) => `sessionId: "${sessionId}", ${program}`),
      mutation('cancelExecution', ({ execution }) => `id: "${execution}"`),
      mutation('writeStdin', ({ execution }) => `executionId: "${execution}", data: "x"`),
    ],
  },
  {
    name: 'run outside of sessions',
    outcomes: row(401, 403, 403, 403, 403, 'yes', 403, 'yes'),
    doors: [
      mutation('executeCode', () => program),
      mutation('startExecution', () => `${program}, stdin: ""`),
      route('POST', '/execute', () => ({ language: 'javascript', code: '1' })),
    ],
  },
  {
    name: 'an execution outside of sessions: read, follow, cancel',
    outcomes: row(401, 404, 404, 404, 404, 'yes', 404, 404),
    doors: [
      query('execution', ({ outside }) => `execution(id: "${outside}") { id }`),
      subscription('executionOutput', ({ outside }) => `executionOutput(executionId: "${outside}") { seq }`),
      mutation('cancelExecution', ({ outside }) => `id: "${outside}"`),
      mutation('writeStdin', ({ outside }) => `executionId: "${outside}", data: "x"`),
    ],
  },
  {
    name: 'invites, participants, roles',
    outcomes: INVITE,
    doors: [
      mutation('createInvite', ({ sessionId }) => `sessionId: "${sessionId}", role: HOST`),
      mutation(
        'createParticipant',
        ({ sessionId }) => `sessionId: "${sessionId}", role: OBSERVER, externalId: "u"`,
      ),
      mutation(
        'setRole',
        ({ sessionId, userId }) => `sessionId: "${sessionId}", userId: "${userId}", role: CANDIDATE`,
      ),
      query('session', ({ sessionId }) => `session(id: "${sessionId}") { invites { id } }`),
      route('POST', '/sessions/{sessionId}/invites', () => ({ role: 'host' })),
      route('GET', '/sessions/{sessionId}/invites'),
      route('POST', '/sessions/{sessionId}/participants', () => ({ role: 'observer', externalId: 'u' })),
      route(
        'PATCH',
        '/sessions/{sessionId}/users/{userId}',
        () => ({ role: 'candidate' }),
        ({ sessionId, userId }) => `/sessions/${sessionId}/users/${userId}`,
      ),
    ],
  },
  {
    name: 'revoke an invite by the path of its session',
    outcomes: INVITE,
    destroys: true,
    doors: [
      route(
        'DELETE',
        '/sessions/{sessionId}/invites/{inviteId}',
        undefined,
        ({ sessionId, invite }) => `/sessions/${sessionId}/invites/${invite.id}`,
      ),
    ],
  },
  {
    name: 'revoke an invite by its id',
    outcomes: row(401, 'invite', 403, 403, 'yes', 'yes', 'invite', 'invite'),
    destroys: true,
    doors: [mutation('revokeInvite', ({ invite }) => `id: "${invite.id}"`)],
  },
  {
    name: 'a ticket',
    outcomes: row(401, 'yes', 'yes', 'yes', 'yes', 403, 403, 403),
    doors: [
      { field: 'Mutation.createTicket', ask: () => 'mutation { result: createTicket { __typename } }' },
      route('POST', '/tickets'),
    ],
  },
  {
    name: 'API keys',
    outcomes: row(401, 403, 403, 403, 403, 403, 403, 403),
    doors: [
      query('apiKeys', () => 'apiKeys { id }'),
      mutation('createApiKey', () => 'name: "k", scopes: [EXECUTE]'),
      mutation('revokeApiKey', ({ key }) => `id: "${key}"`),
      route('GET', '/keys'),
      route('POST', '/keys', () => ({ name: 'k', scopes: ['execute'] })),
      route('DELETE', '/keys/{id}', undefined, ({ key }) => `/keys/${key}`),
    ],
  },
  {
    name: 'what is for everybody',
    outcomes: EVERYBODY,
    doors: [
      query('health', () => 'health { status timestamp version }'),
      query('languages', () => 'languages { name }'),
      query('viewer', () => 'viewer { kind }'),
      route('GET', '/viewer'),
    ],
  },
  {
    name: 'whether the server works, whatever is shown',
    outcomes: { ...EVERYBODY, garbage: 'yes', 'wrong secret': 'yes', expired: 'yes', revoked: 'yes' },
    doors: [route('GET', '/health')],
  },
  {
    name: 'health beyond',
    outcomes: row(401, 403, 403, 403, 403, 403, 'yes', 403),
    doors: [query('health', () => 'health { database sandbox }')],
  },
];
