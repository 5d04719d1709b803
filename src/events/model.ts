import { z } from 'zod';
import type {
  Execution,
  Session,
  SessionEvent as SessionEventRow,
  User,
} from '../database/generated/client.ts';
import { ExecutionStatus, Language, SessionStatus } from '../database/generated/enums.ts';
import { parseInput } from '../validation.ts';

/** The fields of a session that an update can change. */
export const SESSION_FIELDS = ['code', 'language', 'status'] as const;

/** A session with its users in order of joining. */
export type SessionState = Session & { users: User[] };

const user = z.object({
  sessionId: z.string(),
  id: z.string(),
  name: z.string(),
  color: z.string(),
  joinedAt: z.coerce.date(),
  joinedSeq: z.int(),
}) satisfies z.ZodType<User>;

const session = z.object({
  id: z.string(),
  code: z.string(),
  language: z.enum(Language),
  status: z.enum(SessionStatus),
  seq: z.int(),
  createdAt: z.coerce.date(),
  updatedAt: z.coerce.date(),
  users: z.array(user),
}) satisfies z.ZodType<SessionState>;

const execution = z.object({
  id: z.string(),
  sessionId: z.string().nullable(),
  language: z.enum(Language),
  code: z.string(),
  status: z.enum(ExecutionStatus),
  stdout: z.string(),
  stderr: z.string(),
  // Absent in the events of a time that did not count them.
  droppedBytes: z.int().default(0),
  exitCode: z.int().nullable(),
  error: z.string().nullable(),
  executionTime: z.number().nullable(),
  memoryPeak: z.int().nullable(),
  createdAt: z.coerce.date(),
  startedAt: z.coerce.date().nullable(),
  finishedAt: z.coerce.date().nullable(),
}) satisfies z.ZodType<Execution>;

const eventBody = z.discriminatedUnion('type', [
  z.object({ type: z.literal('SessionCreated'), session }),
  z.object({ type: z.literal('SessionUpdated'), session, changed: z.array(z.enum(SESSION_FIELDS)) }),
  z.object({ type: z.literal('SessionDeleted') }),
  z.object({ type: z.literal('UserJoined'), user }),
  z.object({ type: z.literal('UserLeft'), user }),
  z.object({ type: z.literal('ExecutionStarted'), execution }),
  z.object({ type: z.literal('ExecutionFinished'), execution }),
]);

/** What happened, with the objects as they were after it. */
export type EventBody = z.output<typeof eventBody>;

/** One entry of a session's log. `actor` is the id of the user who did it, where it is known. */
export type SessionEvent = EventBody & { sessionId: string; seq: number; at: Date; actor: string | null };

export type EventOf<Type extends EventBody['type']> = Extract<SessionEvent, { type: Type }>;

const lastEventId = z.string().regex(/^-?\d+$/, 'must be the id of a message: a whole number');

/**
 * The position that a `Last-Event-ID` header names, null without one: a client that has seen no event sends
 * none or an empty one. Throws InvalidInputError for any other text.
 */
export function parseLastEventId(header: string | null | undefined): number | null {
  if (!header) return null;
  return Number(parseInput(z.object({ after: lastEventId }), { after: header }).after);
}

/** The row that stores an event. */
export function toRow({ sessionId, seq, at, actor, ...body }: SessionEvent): SessionEventRow {
  return { sessionId, seq, at, actor, type: body.type, data: JSON.stringify(body) };
}

/** The event that a row stores. */
export function fromRow({ sessionId, seq, at, actor, data }: SessionEventRow): SessionEvent {
  return { ...eventBody.parse(JSON.parse(data)), sessionId, seq, at, actor };
}

/** About how much memory an event holds: the characters of its long texts. */
export function weigh(event: SessionEvent): number {
  if ('session' in event) return event.session.code.length;
  if (!('execution' in event)) return 0;
  const { code, stdout, stderr } = event.execution;
  return code.length + stdout.length + stderr.length;
}

/** The session after an event, from the session before it; null once it is deleted. */
export function applyEvent(before: SessionState, event: SessionEvent): SessionState | null {
  const after = { ...before, seq: event.seq, updatedAt: event.at };
  switch (event.type) {
    case 'SessionCreated':
    case 'SessionUpdated':
      return event.session;
    case 'SessionDeleted':
      return null;
    case 'UserJoined':
      return { ...after, users: [...before.users, event.user] };
    case 'UserLeft':
      return { ...after, users: before.users.filter(({ id }) => id !== event.user.id) };
    default:
      return after;
  }
}
