import type { Client } from 'urql';
import { JoinDocument, type MemberFragment, RoomDocument } from '../generated/graphql.ts';
import { findVisited, storeVisited } from '../shared/storage.ts';
import { texts } from '../shared/texts.ts';
import { type RoomState, toRoomState } from './room-state.ts';

/** How the attempt to open a session ended. */
export type Entry =
  | { readonly kind: 'missing' | 'full' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'nameless'; readonly state: RoomState }
  | { readonly kind: 'inside'; readonly state: RoomState; readonly me: MemberFragment };

/** Opens a session as the user that this browser is in it, if it is one. */
export async function openSession(client: Client, id: string): Promise<Entry> {
  const { data, error } = await client.query(RoomDocument, { id });
  if (!data)
    return { kind: 'failed', message: error?.networkError ? texts.errors.network : String(error?.message) };
  if (!data.session) return { kind: 'missing' };
  const state = toRoomState(data.session);
  const userId = findVisited(id)?.userId;
  const me = state.users.find((user) => user.id === userId);
  if (!me) return { kind: 'nameless', state };
  remember(state, me);
  return { kind: 'inside', state, me };
}

/** Joins a session under a name. */
export async function joinSession(client: Client, state: RoomState, name: string): Promise<Entry> {
  const { data, error } = await client.mutation(JoinDocument, { input: { sessionId: state.id, name } });
  if (!data)
    return { kind: 'failed', message: error?.networkError ? texts.errors.network : String(error?.message) };
  const result = data.joinSession;
  if ('user' in result) {
    remember(state, result.user);
    // The event of joining is newer than the state, and adds the user to it.
    return { kind: 'inside', state, me: result.user };
  }
  if (result.code === 'SESSION_AT_CAPACITY') return { kind: 'full' };
  if (result.code === 'SESSION_NOT_FOUND') return { kind: 'missing' };
  return { kind: 'failed', message: result.message };
}

function remember({ id, language }: RoomState, me: MemberFragment): void {
  storeVisited({ id, language, userId: me.id, at: Date.now() });
}
