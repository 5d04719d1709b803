import { onTestFinished } from 'vitest';
import { graphql } from '../generated/gql.ts';
import type { ExecuteCodeInput } from '../generated/graphql.ts';
import { query } from './graphql.ts';
import { subscribe, type Transport } from './subscribe.ts';

const StartProgram = graphql(`
  mutation StartProgram($input: ExecuteCodeInput!) {
    result: startExecution(input: $input) {
      ... on StartExecutionPayload { execution { id } }
      ... on Error { message }
    }
  }
`);

const FindProgram = graphql(`
  query FindProgram($id: ID!) {
    execution(id: $id) {
      id status stdout stderr exitCode error executionTime truncated droppedBytes startedAt finishedAt
    }
  }
`);

const CancelProgram = graphql(`
  mutation CancelProgram($id: ID!) {
    result: cancelExecution(input: { id: $id }) {
      __typename
      ... on CancelExecutionPayload { execution { id } }
      ... on Error { code message }
    }
  }
`);

const WriteStdin = graphql(`
  mutation WriteStdin($input: WriteStdinInput!) {
    result: writeStdin(input: $input) {
      __typename
      ... on WriteStdinPayload { execution { id } }
      ... on Error { code message }
      ... on InvalidInputError { field }
    }
  }
`);

const FollowOutput = graphql(`
  subscription FollowOutput($executionId: ID!, $after: Int) {
    executionOutput(executionId: $executionId, after: $after) { seq stream text }
  }
`);

const OpenSession = graphql(`
  mutation OpenSession { createSession { ... on CreateSessionPayload { session { id } } } }
`);

export interface OutputView {
  seq: number;
  stream: 'STDOUT' | 'STDERR';
  text: string;
}

/** What a client does with programs over GraphQL at one server. */
export function programsAt(url: string) {
  return {
    /** Starts a program, which has the longest time that may be asked for, and returns its id. */
    async start(input: ExecuteCodeInput): Promise<string> {
      const { result } = await query(url, StartProgram, { input: { timeoutMs: 60_000, ...input } });
      if (!('execution' in result)) throw new Error(result.message);
      return result.execution.id;
    },
    find: async (id: string) => (await query(url, FindProgram, { id })).execution,
    cancel: async (id: string) => (await query(url, CancelProgram, { id })).result,
    write: async (executionId: string, data: string, end = false) =>
      (await query(url, WriteStdin, { input: { executionId, data, end } })).result,
    newSession: async () => {
      const { createSession } = await query(url, OpenSession, {});
      return 'session' in createSession && createSession.session ? createSession.session.id : '';
    },
    /** Follows the output until the test ends. */
    follow(executionId: string, { transport = 'WebSocket' as Transport, after = 0 } = {}) {
      const stream = subscribe(transport, url, FollowOutput, { executionId, after });
      onTestFinished(stream.stop);
      const rest = async () => {
        const chunks: OutputView[] = [];
        for (let result = await stream.next(); result; result = await stream.next()) {
          if (!result.data) throw new Error(`Expected data, but got ${JSON.stringify(result)}`);
          chunks.push(result.data.executionOutput);
        }
        return chunks;
      };
      return { ...stream, chunk: async () => (await stream.data()).executionOutput, rest };
    },
  };
}

/** What the chunks say of one stream. */
export function textOf(chunks: readonly OutputView[], stream: OutputView['stream'] = 'STDOUT'): string {
  return chunks
    .filter((chunk) => chunk.stream === stream)
    .map(({ text }) => text)
    .join('');
}
