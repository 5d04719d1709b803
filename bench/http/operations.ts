/** What is sent, to the product and to the bare servers alike. */
export interface Request {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** What a request is about. */
export interface Target {
  sessionId: string;
  userId: string;
}

interface Step {
  /** The path as Fastify's router spells it. */
  readonly route: string;
  /** The request of a turn; each patch of a session has a turn of its own, so that it does change something. */
  request(target: Target, turn: number): Request;
}

/**
 * In the order in which they are measured: the end of a load may find a connection between join and leave, and
 * creating adds to what is stored, so the two would change what the others answer or find.
 */
export const NAMES = ['get', 'patch', 'list users', 'join, leave', 'create'] as const;
type OperationName = (typeof NAMES)[number];

export interface Operation {
  readonly api: 'REST' | 'GraphQL';
  readonly name: OperationName;
  /** Sent one after the other, for one session. A leave undoes the join before it: a session holds ten users. */
  readonly steps: readonly Step[];
}

const PROGRAM = `function isPrime(candidate) {
  for (let divisor = 2; divisor * divisor <= candidate; divisor += 1) {
    if (candidate % divisor === 0) return false;
  }
  return candidate > 1;
}
console.log(Array.from({ length: 100 }, (_, index) => index).filter(isPrime).join(' '));
`;

/** Names and programs have one length each: all answers of a request are equally long. */
export const NAME = 'Ada Lovelace';
export const programOf = (turn: number) => `${PROGRAM}// ${String(turn).padStart(9, '0')}`;

const json = (method: Request['method'], path: string, body: object): Request => ({
  method,
  path,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const API = '/api/v1/sessions';
const USERS = `${API}/:sessionId/users`;

const rest: Record<OperationName, readonly Step[]> = {
  create: [{ route: API, request: () => json('POST', API, { language: 'javascript', code: programOf(0) }) }],
  get: [
    {
      route: `${API}/:sessionId`,
      request: ({ sessionId }) => ({ method: 'GET', path: `${API}/${sessionId}` }),
    },
  ],
  patch: [
    {
      route: `${API}/:sessionId`,
      request: ({ sessionId }, turn) => json('PATCH', `${API}/${sessionId}`, { code: programOf(turn) }),
    },
  ],
  'join, leave': [
    {
      route: USERS,
      request: ({ sessionId }) => json('POST', `${API}/${sessionId}/users`, { name: NAME }),
    },
    {
      route: `${USERS}/:userId`,
      request: ({ sessionId, userId }) => ({ method: 'DELETE', path: `${API}/${sessionId}/users/${userId}` }),
    },
  ],
  'list users': [
    { route: USERS, request: ({ sessionId }) => ({ method: 'GET', path: `${API}/${sessionId}/users` }) },
  ],
};

const post = (query: string, variables: (target: Target, turn: number) => object): Step => ({
  route: '/graphql',
  request: (target, turn) => json('POST', '/graphql', { query, variables: variables(target, turn) }),
});

const USER = 'id name color joinedAt';
const SESSION = `id code language status createdAt users { ${USER} }`;

const graphql: Record<OperationName, readonly Step[]> = {
  create: [
    post(
      `mutation Create($input: CreateSessionInput) { createSession(input: $input) {
        ... on CreateSessionPayload { session { ${SESSION} } } ... on Error { code message } } }`,
      () => ({ input: { language: 'JAVASCRIPT', code: programOf(0) } }),
    ),
  ],
  get: [post(`query Get($id: ID!) { session(id: $id) { ${SESSION} } }`, ({ sessionId: id }) => ({ id }))],
  patch: [
    post(
      `mutation Patch($input: UpdateSessionInput!) { updateSession(input: $input) {
        ... on UpdateSessionPayload { session { ${SESSION} } } ... on Error { code message } } }`,
      ({ sessionId: id }, turn) => ({ input: { id, code: programOf(turn) } }),
    ),
  ],
  'join, leave': [
    post(
      `mutation Join($input: JoinSessionInput!) { joinSession(input: $input) {
        ... on JoinSessionPayload { user { ${USER} } } ... on Error { code message } } }`,
      ({ sessionId }) => ({ input: { sessionId, name: NAME } }),
    ),
    post(
      `mutation Leave($input: LeaveSessionInput!) { leaveSession(input: $input) {
        ... on LeaveSessionPayload { userId } ... on Error { code message } } }`,
      ({ sessionId, userId }) => ({ input: { sessionId, userId } }),
    ),
  ],
  'list users': [
    post(`query Users($id: ID!) { session(id: $id) { users { ${USER} } } }`, ({ sessionId: id }) => ({ id })),
  ],
};

/** Every operation over both APIs. */
export const OPERATIONS: readonly Operation[] = NAMES.flatMap((name) => [
  { api: 'REST' as const, name, steps: rest[name] },
  { api: 'GraphQL' as const, name, steps: graphql[name] },
]);

/** The id of the user that a join answered, over both APIs. */
export function joinedUser(body: string): string | undefined {
  return /"id":"([0-9a-z]{8})"/.exec(body)?.[1];
}
