import type { MemberFragment } from '../generated/graphql.ts';
import type { RoomState } from './room-state.ts';

/** What a member may do here and now. The server decides; the page shows what it would say. */
export interface Rights {
  readonly edit: boolean;
  readonly run: boolean;
  /** Ends and locks the session, deletes it, invites and removes people. */
  readonly host: boolean;
  /** Only looks on. */
  readonly observe: boolean;
}

export function rightsOf({ role }: MemberFragment, { status, locks }: RoomState): Rights {
  const isHost = role === 'HOST';
  const isActive = status === 'ACTIVE';
  const takesPart = isHost || (role === 'CANDIDATE' && isActive);
  return {
    // A completed session is edited again once it is reopened.
    edit: isActive && takesPart && (isHost || !locks.includes('EDITING')),
    run: takesPart && (isHost || !locks.includes('RUNNING')),
    host: isHost,
    observe: role === 'OBSERVER',
  };
}
