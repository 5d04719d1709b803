/** What is sent, to the product and to the bare server alike. */
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

export type OperationName = 'create' | 'get' | 'patch' | 'join' | 'leave';

export interface Operation {
  readonly door: 'REST' | 'GraphQL';
  readonly name: OperationName;
  /** The path as Fastify's router spells it. */
  readonly route: string;
  /** The request of a turn; each patch of a session has a turn of its own, so that it does change something. */
  request(target: Target, turn: number): Request;
}

const PROGRAM = `function isPrime(candidate) {
  for (let divisor = 2; divisor * divisor <= candidate; divisor += 1) {
    if (candidate % divisor === 0) return false;
  }
  return candidate > 1;
}
console.log(Array.from({ length: 100 }, (_, index) => index).filter(isPrime).join(' '));
`;

/** Names and programs have one length each: all answers of an operation are equally long. */
export const NAME = 'Ada Lovelace';
export const programOf = (turn: number) => `${PROGRAM}// ${String(turn).padStart(9, '0')}`;

const json = (method: Request['method'], path: string, body: object): Request => ({
  method,
  path,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const API = '/api/v1/sessions';

const rest: Record<OperationName, Omit<Operation, 'door' | 'name'>> = {
  create: { route: API, request: () => json('POST', API, { language: 'javascript', code: programOf(0) }) },
  get: {
    route: `${API}/:sessionId`,
    request: ({ sessionId }) => ({ method: 'GET', path: `${API}/${sessionId}` }),
  },
  patch: {
    route: `${API}/:sessionId`,
    request: ({ sessionId }, turn) => json('PATCH', `${API}/${sessionId}`, { code: programOf(turn) }),
  },
  join: {
    route: `${API}/:sessionId/users`,
    request: ({ sessionId }) => json('POST', `${API}/${sessionId}/users`, { name: NAME }),
  },
  leave: {
    route: `${API}/:sessionId/users/:userId`,
    request: ({ sessionId, userId }) => ({ method: 'DELETE', path: `${API}/${sessionId}/users/${userId}` }),
  },
};

const SESSION = 'id code language status createdAt users { id name color joinedAt }';

const DOCUMENTS: Record<OperationName, string> = {
  create: `mutation Create($input: CreateSessionInput) { createSession(input: $input) {
    ... on CreateSessionPayload { session { ${SESSION} } } ... on Error { code message } } }`,
  get: `query Get($id: ID!) { session(id: $id) { ${SESSION} } }`,
  patch: `mutation Patch($input: UpdateSessionInput!) { updateSession(input: $input) {
    ... on UpdateSessionPayload { session { ${SESSION} } } ... on Error { code message } } }`,
  join: `mutation Join($input: JoinSessionInput!) { joinSession(input: $input) {
    ... on JoinSessionPayload { user { id name color joinedAt } } ... on Error { code message } } }`,
  leave: `mutation Leave($input: LeaveSessionInput!) { leaveSession(input: $input) {
    ... on LeaveSessionPayload { userId } ... on Error { code message } } }`,
};

const VARIABLES: Record<OperationName, (target: Target, turn: number) => object> = {
  create: () => ({ input: { language: 'JAVASCRIPT', code: programOf(0) } }),
  get: ({ sessionId }) => ({ id: sessionId }),
  patch: ({ sessionId }, turn) => ({ input: { id: sessionId, code: programOf(turn) } }),
  join: ({ sessionId }) => ({ input: { sessionId, name: NAME } }),
  leave: ({ sessionId, userId }) => ({ input: { sessionId, userId } }),
};

const NAMES = ['create', 'get', 'patch', 'join', 'leave'] as const;

/** Every operation over both APIs; each join comes before the leave that undoes it. */
export const OPERATIONS: readonly Operation[] = [
  ...NAMES.map((name) => ({ door: 'REST' as const, name, ...rest[name] })),
  ...NAMES.map((name) => ({
    door: 'GraphQL' as const,
    name,
    route: '/graphql',
    request: (target: Target, turn: number) =>
      json('POST', '/graphql', { query: DOCUMENTS[name], variables: VARIABLES[name](target, turn) }),
  })),
];
