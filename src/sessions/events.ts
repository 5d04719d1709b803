import { z } from 'zod';
import { defineEvent } from '../events/event.ts';
import type { SessionState } from '../events/state.ts';
import { storedUser } from '../users/model.ts';
import { SESSION_FIELDS, storedSession } from './model.ts';

const session = storedSession.extend({ users: z.array(storedUser) }) satisfies z.ZodType<SessionState>;

export const SessionCreated = defineEvent({
  name: 'SessionCreated',
  data: z.object({ session }),
  apply: (_before, { session }) => session,
  size: ({ session }) => session.code.length,
});

export const SessionUpdated = defineEvent({
  name: 'SessionUpdated',
  data: z.object({ session, changed: z.array(z.enum(SESSION_FIELDS)) }),
  apply: (_before, { session }) => session,
  size: ({ session }) => session.code.length,
});
