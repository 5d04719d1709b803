import { graphql } from '../generated/gql.ts';
import type { Language, SessionStatus } from '../generated/graphql.ts';
import { query } from './graphql.ts';

export interface UserView {
  id: string;
  name: string;
  color: string;
  joinedAt: number;
}

export interface SessionView {
  id: string;
  code: string;
  language: Language;
  status: SessionStatus;
  users: UserView[];
  createdAt: number;
}

export interface ExecutionView {
  /** Standard output without the final newline. */
  output: string;
  error: string | null;
  executionTime: number;
}

export interface Failure {
  code: string;
  message: string;
}

export type Answer<Value> = { value: Value; failure?: never } | { failure: Failure; value?: never };

interface SessionChanges {
  code?: string;
  language?: Language;
  status?: SessionStatus;
}

/** A client of one of the two APIs, which lead to the same commands: what holds for one holds for the other. */
export interface ApiClient {
  createSession(input?: SessionChanges): Promise<Answer<SessionView>>;
  getSession(id: string): Promise<SessionView | null>;
  updateSession(id: string, input: SessionChanges): Promise<Answer<SessionView>>;
  deleteSession(id: string): Promise<Answer<null>>;
  join(sessionId: string, name?: string): Promise<Answer<UserView>>;
  leave(sessionId: string, userId: string): Promise<Answer<null>>;
  execute(language: Language, code: string, timeout?: number): Promise<Answer<ExecutionView>>;
}

function restClient(api: string): ApiClient {
  async function call<Body>(method: string, path: string, body?: object): Promise<Answer<Body>> {
    const response = await fetch(api + path, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = text === '' ? null : JSON.parse(text);
    return response.ok ? { value: parsed } : { failure: { code: parsed.error, message: parsed.message } };
  }
  const lower = ({ code, language, status }: SessionChanges) => ({
    ...(code !== undefined && { code }),
    ...(language && { language: language.toLowerCase() }),
    ...(status && { status: status.toLowerCase() }),
  });
  const upper = ({ value, failure }: Answer<SessionView>): Answer<SessionView> => {
    if (failure) return { failure };
    const [language, status] = [value.language, value.status].map((name) => name.toUpperCase());
    return { value: { ...value, language: language as Language, status: status as SessionStatus } };
  };
  return {
    createSession: async (input) => upper(await call('POST', '/sessions', input && lower(input))),
    getSession: async (id) => upper(await call('GET', `/sessions/${encodeURIComponent(id)}`)).value ?? null,
    updateSession: async (id, input) => upper(await call('PATCH', `/sessions/${id}`, lower(input))),
    deleteSession: (id) => call('DELETE', `/sessions/${id}`),
    join: (id, name) => call('POST', `/sessions/${id}/users`, name === undefined ? undefined : { name }),
    leave: (id, userId) => call('DELETE', `/sessions/${id}/users/${userId}`),
    execute: (language, code, timeout) =>
      call('POST', '/execute', { language: language.toLowerCase(), code, timeout }),
  };
}

graphql(`
  fragment SessionFields on Session {
    id code language status createdAt
    users { id name color joinedAt }
  }
`);

const CreateSession = graphql(`
  mutation CreateSession($input: CreateSessionInput) {
    result: createSession(input: $input) {
      ... on CreateSessionPayload { session { ...SessionFields } }
      ... on Error { code message }
    }
  }
`);

const GetSession = graphql(`
  query GetSession($id: ID!) { session(id: $id) { ...SessionFields } }
`);

const UpdateSession = graphql(`
  mutation UpdateSession($input: UpdateSessionInput!) {
    result: updateSession(input: $input) {
      ... on UpdateSessionPayload { session { ...SessionFields } }
      ... on Error { code message }
    }
  }
`);

const DeleteSession = graphql(`
  mutation DeleteSession($id: ID!) {
    result: deleteSession(input: { id: $id }) {
      ... on DeleteSessionPayload { id }
      ... on Error { code message }
    }
  }
`);

const JoinSession = graphql(`
  mutation JoinSession($input: JoinSessionInput!) {
    result: joinSession(input: $input) {
      ... on JoinSessionPayload { user { id name color joinedAt } }
      ... on Error { code message }
    }
  }
`);

const LeaveSession = graphql(`
  mutation LeaveSession($input: LeaveSessionInput!) {
    result: leaveSession(input: $input) {
      ... on LeaveSessionPayload { userId }
      ... on Error { code message }
    }
  }
`);

const ExecuteCode = graphql(`
  mutation ExecuteCode($input: ExecuteCodeInput!) {
    result: executeCode(input: $input) {
      ... on ExecuteCodePayload { execution { status stdout stderr error executionTime } }
      ... on Error { code message }
    }
  }
`);

function graphqlClient(url: string): ApiClient {
  const user = ({ joinedAt, ...rest }: Omit<UserView, 'joinedAt'> & { joinedAt: string }): UserView => ({
    ...rest,
    joinedAt: Date.parse(joinedAt),
  });
  type Wire = Omit<SessionView, 'createdAt' | 'users'> & {
    createdAt: string;
    users: Parameters<typeof user>[0][];
  };
  const session = ({ createdAt, users, ...rest }: Wire): SessionView => ({
    ...rest,
    createdAt: Date.parse(createdAt),
    users: users.map(user),
  });
  return {
    createSession: async (input) => {
      const { result } = await query(url, CreateSession, { input: input ?? null });
      return 'session' in result ? { value: session(result.session) } : { failure: result };
    },
    getSession: async (id) => {
      const { session: found } = await query(url, GetSession, { id });
      return found ? session(found) : null;
    },
    updateSession: async (id, input) => {
      const { result } = await query(url, UpdateSession, { input: { id, ...input } });
      return 'session' in result ? { value: session(result.session) } : { failure: result };
    },
    deleteSession: async (id) => {
      const { result } = await query(url, DeleteSession, { id });
      return 'id' in result ? { value: null } : { failure: result };
    },
    join: async (sessionId, name) => {
      const { result } = await query(url, JoinSession, { input: { sessionId, name } });
      return 'user' in result ? { value: user(result.user) } : { failure: result };
    },
    leave: async (sessionId, userId) => {
      const { result } = await query(url, LeaveSession, { input: { sessionId, userId } });
      return 'userId' in result ? { value: null } : { failure: result };
    },
    execute: async (language, code, timeoutMs) => {
      const { result } = await query(url, ExecuteCode, { input: { language, code, timeoutMs } });
      if (!('execution' in result)) return { failure: result };
      const { stdout, stderr, error, executionTime } = result.execution;
      return {
        value: {
          output: stdout.replace(/\n$/, ''),
          error: error && stderr.includes(error) ? stderr.trimEnd() : error,
          executionTime: executionTime ?? Number.NaN,
        },
      };
    },
  };
}

/** Returns a client of each API of a server. */
export function clientsOf({
  api,
  graphql: url,
}: {
  api: string;
  graphql: string;
}): Record<ApiName, ApiClient> {
  return { REST: restClient(api), GraphQL: graphqlClient(url) };
}

export const APIS = ['REST', 'GraphQL'] as const;
type ApiName = (typeof APIS)[number];
