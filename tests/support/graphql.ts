import type { ExecutionResult } from 'graphql';
import type { TypedDocumentString } from '../generated/graphql.ts';

/** Sends an operation as a client of GraphQL over HTTP does. */
export async function request<Result, Variables>(
  url: string,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<ExecutionResult<Result>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query: document.toString(), variables }),
  });
  return (await response.json()) as ExecutionResult<Result>;
}

/** The data of an operation that must not fail. */
export async function query<Result, Variables>(
  url: string,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const { data, errors } = await request(url, document, variables);
  if (errors || !data) throw new Error(`The operation failed: ${JSON.stringify(errors)}`);
  return data;
}
