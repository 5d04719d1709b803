import type { Language } from '../generated/graphql.ts';
import type { Member } from './api.ts';

/** A session that this browser was in. */
export interface VisitedSession {
  readonly id: string;
  readonly language: Language;
  /** Who the browser is in it; null for nobody. */
  readonly userId: string | null;
  /** Proves who it is; null for who joined an open server without an invite. */
  readonly token: string | null;
  /** Unix milliseconds. */
  readonly at: number;
}

const NAME = 'codeinterview.name';
const SESSIONS = 'codeinterview.sessions';
const MAX_SESSIONS = 12;

/** Returns the name that the person gave last. */
export function storedName(): string {
  return localStorage.getItem(NAME) ?? '';
}

export function storeName(name: string): void {
  localStorage.setItem(NAME, name);
}

/** Returns the sessions that this browser was in, the latest first. */
export function visitedSessions(): VisitedSession[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(SESSIONS) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isVisitedSession) : [];
  } catch {
    return [];
  }
}

function findVisited(id: string): VisitedSession | undefined {
  return visitedSessions().find((visited) => visited.id === id);
}

/** Returns whom this browser acts as in a session; null when it is nobody in it. */
export function storedMember(sessionId: string): Member | null {
  const { userId = null, token = null } = findVisited(sessionId) ?? {};
  return userId === null ? null : { sessionId, userId, token };
}

/** Makes this browser nobody in a session. */
export function forgetMember(sessionId: string): void {
  const visited = findVisited(sessionId);
  if (visited) storeVisited({ ...visited, userId: null, token: null });
}

export function storeVisited(visited: VisitedSession): void {
  store([visited, ...visitedSessions().filter(({ id }) => id !== visited.id)].slice(0, MAX_SESSIONS));
}

export function forgetVisited(id: string): void {
  store(visitedSessions().filter((visited) => visited.id !== id));
}

function store(sessions: readonly VisitedSession[]): void {
  localStorage.setItem(SESSIONS, JSON.stringify(sessions));
}

function isVisitedSession(value: unknown): value is VisitedSession {
  if (typeof value !== 'object' || value === null) return false;
  return 'id' in value && typeof value.id === 'string' && 'at' in value && typeof value.at === 'number';
}
