import type { z } from 'zod';
import type { SessionEvent as SessionEventRow } from '../database/generated/client.ts';
import type { SessionState } from './state.ts';

/** One entry of a session's log. The objects in `data` are as they were after it. */
export interface SessionEvent<Data = unknown> {
  readonly sessionId: string;
  /** From 1 without a gap. */
  readonly seq: number;
  readonly at: Date;
  /** Who did it: the id of a user, or another text of `referenceOf`; null where it was nobody in particular. */
  readonly actor: string | null;
  /** The name that the actor had then. */
  readonly actorName: string | null;
  readonly type: string;
  readonly data: Data;
}

/** A kind of event. The slice whose data changes defines it, and writes its adapters for GraphQL and REST. */
export interface EventType<Data> {
  readonly name: string;
  readonly data: z.ZodType<Data>;
  /** Returns the session after the event, from the session before it that has the event's number already. */
  apply(session: SessionState, data: Data): SessionState | null;
  /** About how much memory the data holds: the characters of its long texts. */
  size(data: Data): number;
  /** Returns the user whose rights it ends or changes, for kinds that do. */
  endsRights?(data: Data): { readonly userId: string; readonly reason: 'REVOKED' | 'CHANGED' };
  /** Returns what is stored, if that is not the data itself under the name of the type. */
  store?(data: Data, actor: string | null): StoredEvent;
}

/** What the row of an event has of its own: a type, and what becomes JSON. */
interface StoredEvent {
  readonly type: string;
  readonly data: object;
}

/** The events of a kind. */
export type EventOf<Type> = Type extends EventType<infer Data> ? SessionEvent<Data> : never;

/** Whether an event is of a kind. */
export function isEventOf<Data>({ name }: EventType<Data>, event: SessionEvent): event is SessionEvent<Data> {
  return event.type === name;
}

const types = new Map<string, EventType<unknown>>();

/** Registers a kind of event. Every kind must be registered before a log is read. */
export function defineEvent<Data>(type: EventType<Data>): EventType<Data> {
  types.set(type.name, type);
  return type;
}

function typeOf({ type: name }: { type: string }): EventType<unknown> {
  const type = types.get(name);
  if (!type) throw new Error(`No slice defines the event ${name}`);
  return type;
}

/** An event before it has its place in a log. */
export interface EventDraft<Data = unknown> {
  readonly type: string;
  readonly data: Data;
}

/** Returns an event of this kind, to be appended. */
export function draft<Data>({ name }: EventType<Data>, data: Data): EventDraft<Data> {
  return { type: name, data };
}

/** Returns the row that stores the event. */
export function toRow({ data, ...head }: SessionEvent): SessionEventRow {
  const { type, data: stored } = typeOf(head).store?.(data, head.actor) ?? { type: head.type, data };
  return { ...head, type, data: JSON.stringify(stored) };
}

/** Returns the event that the row stores. */
export function fromRow({ data, ...head }: SessionEventRow): SessionEvent {
  return { ...head, data: typeOf(head).data.parse(JSON.parse(data)) };
}

/** About how much memory the event holds, in characters. */
export function sizeOf(event: SessionEvent): number {
  return typeOf(event).size(event.data);
}

/** Returns the user whose rights the event ends or changes; null for none. */
export function endedRights(event: SessionEvent) {
  return typeOf(event).endsRights?.(event.data) ?? null;
}

/** Returns the session after the event, from the session before it; null when the event deletes it. */
export function applyEvent(before: SessionState, event: SessionEvent): SessionState | null {
  const numbered = { ...before, seq: event.seq, updatedAt: event.at };
  return typeOf(event).apply(numbered, event.data);
}
