import { z } from 'zod';
import { defineEvent } from '../events/event.ts';
import { storedUser } from '../events/state.ts';

const data = z.object({ user: storedUser });

export const UserJoined = defineEvent({
  name: 'UserJoined',
  data,
  apply: (session, { user }) => ({ ...session, users: [...session.users, user] }),
  size: () => 0,
});

export const UserLeft = defineEvent({
  name: 'UserLeft',
  data,
  apply: (session, { user }) => ({ ...session, users: session.users.filter(({ id }) => id !== user.id) }),
  size: () => 0,
  endsRights: ({ user }) => ({ userId: user.id, reason: 'REVOKED' as const }),
});

export const RoleChanged = defineEvent({
  name: 'RoleChanged',
  data,
  apply: (session, { user }) => ({
    ...session,
    users: session.users.map((other) => (other.id === user.id ? user : other)),
  }),
  size: () => 0,
  endsRights: ({ user }) => ({ userId: user.id, reason: 'CHANGED' as const }),
});
