import { JoinDocument, type MemberFragment, RoomDocument } from '../generated/graphql.ts';
import { codeOf, createHttpClient, type Member, messageOf } from '../shared/api.ts';
import { forgetMember, storedMember, storeVisited } from '../shared/storage.ts';
import { type RoomState, toRoomState } from './room-state.ts';

/** How the attempt to open a session ended. `uninvited`: the server lets in only who has an invite. */
export type Entry =
  | { readonly kind: 'missing' | 'full' | 'nameless' | 'uninvited' | 'badInvite' }
  | { readonly kind: 'failed'; readonly message: string }
  | Inside;

/** A member of the session, with what the page starts from. */
export interface Inside {
  readonly kind: 'inside';
  readonly state: RoomState;
  readonly me: MemberFragment;
  readonly member: Member;
}

/** Opens a session as whom this browser is in it. Who is nobody in it yet is to join under a name. */
export async function openSession(id: string, invite: string | null): Promise<Entry> {
  const member = storedMember(id);
  const { data, error } = await createHttpClient(member).query(RoomDocument, { id });
  if (codeOf(error) === 'UNAUTHENTICATED') {
    if (member?.token == null) return { kind: invite === null ? 'uninvited' : 'nameless' };
    // The token has ended. It may be an open server, or there is an invite.
    forgetMember(id);
    return openSession(id, invite);
  }
  if (!data) return { kind: 'failed', message: messageOf(error) };
  if (!data.session) return { kind: 'missing' };
  const state = toRoomState(data.session);
  const me = state.users.find((user) => user.id === member?.userId);
  if (!me || !member) return { kind: 'nameless' };
  storeVisited({ ...member, id, language: state.language, at: Date.now() });
  return { kind: 'inside', state, me, member };
}

/** Joins a session under a name, and opens it. */
export async function joinSession(id: string, name: string, invite: string | null): Promise<Entry> {
  const input = { sessionId: id, name, invite };
  const { data, error } = await createHttpClient(null).mutation(JoinDocument, { input });
  if (!data) return { kind: 'failed', message: messageOf(error) };
  const result = data.joinSession;
  if ('user' in result) {
    const { user, session, token } = result;
    storeVisited({ id, language: session.language, userId: user.id, token, at: Date.now() });
    return openSession(id, null);
  }
  switch (result.code) {
    case 'SESSION_AT_CAPACITY':
      return { kind: 'full' };
    case 'SESSION_NOT_FOUND':
      return { kind: 'missing' };
    case 'INVITE_INVALID':
      return { kind: invite === null ? 'uninvited' : 'badInvite' };
    default:
      return { kind: 'failed', message: result.message };
  }
}
