import type { TokenGrant } from '../access/tokens.ts';
import { Batcher } from '../batcher.ts';
import { isRefused } from '../database/errors.ts';
import type { SessionEvent as SessionEventRow, User } from '../database/generated/client.ts';
import { retryConflicts } from '../database/retry.ts';
import type { DocumentChange, SessionChange, SessionStore } from '../database/session-store.ts';
import type { Execution } from '../executions/model.ts';
import type { SessionState } from './state.ts';

/** Changes of one group: enough that a flush costs each little, few enough that a group is short. */
const LARGEST_GROUP = 256;
/** Where other processes may write, so may two groups: this process makes one while the database stores the other. */
const CONCURRENT_GROUPS = 2;

/** Commits changes in groups, each group with one flush. Says of each whether it is stored: see SessionStore. */
export type Commits = Batcher<SessionChange, boolean>;

/** Makes the one queue through which every change of a session is committed. */
export function commitInGroups(store: SessionStore): Commits {
  return new Batcher(
    (changes) => {
      const group = store.commit(changes);
      return async (change) => {
        try {
          return (await group).has(change.event.sessionId);
        } catch (error) {
          // One change failed, and took the others of its group with it: each goes again by itself.
          if (!isRefused(error)) throw error;
          return commitAlone(store, change);
        }
      };
    },
    LARGEST_GROUP,
    store.isOnlyWriter ? 1 : CONCURRENT_GROUPS,
  );
}

async function commitAlone(store: SessionStore, change: SessionChange): Promise<boolean> {
  const stored = await retryConflicts(() => store.commit([change]));
  return stored.has(change.event.sessionId);
}

/** What a change writes beside the session and its users. */
interface ChangeDetails {
  readonly execution?: Execution | undefined;
  readonly document?: DocumentChange | null | undefined;
  readonly grant?: TokenGrant | undefined;
  readonly revokesInvitesOf?: string | null | undefined;
}

/** Returns what the event of this row writes, from the session before and after it. */
export function toChange(
  before: SessionState,
  event: SessionEventRow,
  after: SessionState,
  { execution, document, grant, revokesInvitesOf }: ChangeDetails = {},
): SessionChange {
  return {
    event,
    epoch: before.epoch,
    fields: {
      ...(after.codeSeq === event.seq && { code: after.code, codeSeq: after.codeSeq }),
      ...(after.editSize !== before.editSize && { editSize: after.editSize }),
      ...(after.epoch !== before.epoch && { epoch: after.epoch }),
      ...(after.language !== before.language && { language: after.language }),
      ...(after.status !== before.status && { status: after.status }),
      ...(after.locks !== before.locks && { locks: after.locks }),
      ...(after.expiresAt !== before.expiresAt && { expiresAt: after.expiresAt }),
    },
    created: null,
    joined: after.users.find(({ id }) => !isMember(before, id)) ?? null,
    left: before.users.find(({ id }) => !isMember(after, id))?.id ?? null,
    changedRole: after.users.find((user) => hasOtherRole(before, user)) ?? null,
    execution: execution ?? null,
    document: document ?? null,
    token: grant?.token ?? null,
    invite: grant?.invite ?? null,
    endsTokens: grant?.endsOthers ?? false,
    revokesInvitesOf: revokesInvitesOf ?? null,
  };
}

function hasOtherRole({ users }: SessionState, { id, role }: User): boolean {
  return users.some((user) => user.id === id && user.role !== role);
}

function isMember({ users }: SessionState, userId: string): boolean {
  return users.some(({ id }) => id === userId);
}
