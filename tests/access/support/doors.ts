import { type Column, RIGHTFUL, type World, WRONG } from './world.ts';

/** Allowed, or the status of the refusal; 404 is also null, and the error that an unknown id gets. `invite`: InviteInvalid. */
export type Outcome = 'yes' | 401 | 403 | 404 | 'invite';

/** A way in: an operation of GraphQL by its root field, or a route of REST. */
export type Door =
  | { readonly field: string; ask(world: World, column: Column): string }
  | { readonly route: string; call(world: World, column: Column): { path: string; body?: object } };

/** By the columns: none, elsewhere, observer, candidate, host, owner, no scope, other key. */
export function row(...rights: Outcome[]): Record<Column, Outcome> {
  const entries = [
    ...WRONG.map((column) => [column, 401]),
    ...RIGHTFUL.map((column, index) => [column, rights[index]]),
  ];
  return Object.fromEntries(entries);
}

export const mutation = (field: string, input: (world: World, column: Column) => string): Door => ({
  field: `Mutation.${field}`,
  ask: (world, column) =>
    `mutation { result: ${field}(input: { ${input(world, column)} }) { __typename ... on Error { code } } }`,
});
export const query = (field: string, text: (world: World) => string): Door => ({
  field: `Query.${field}`,
  ask: (world) => `{ result: ${text(world)} }`,
});
export const subscription = (field: string, text: (world: World) => string): Door => ({
  field: `Subscription.${field}`,
  ask: (world) => `subscription { result: ${text(world)} }`,
});
export const route = (
  method: string,
  path: string,
  body?: (world: World, column: Column) => object,
  toPath: (world: World, column: Column) => string = (world) => path.replace('{sessionId}', world.sessionId),
): Door => ({
  route: `${method} /api/v1${path}`,
  call: (world, column) => ({ path: toPath(world, column), ...(body && { body: body(world, column) }) }),
});

export const userOf = (world: World, column: Column) =>
  column === 'observer' || column === 'candidate' || column === 'host' ? world.users[column] : world.userId;
