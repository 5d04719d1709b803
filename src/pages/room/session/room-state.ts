import type {
  EventsSubscription,
  Language,
  Lock,
  MemberFragment,
  RoomStateFragment,
  RunFragment,
  SessionStatus,
} from '../generated/graphql.ts';

/** What the page knows of a session, without its program. */
export interface RoomState {
  readonly id: string;
  /** The number of the last event that it contains. */
  readonly seq: number;
  readonly language: Language;
  readonly status: SessionStatus;
  /** What candidates cannot do for now. */
  readonly locks: readonly Lock[];
  /** When the session ends by itself; null for never. */
  readonly expiresAt: string | null;
  readonly users: readonly MemberFragment[];
  /** The newest first. */
  readonly runs: readonly RunFragment[];
  readonly isDeleted: boolean;
}

export type RoomEvent = EventsSubscription['sessionEvents'];

export function toRoomState(session: RoomStateFragment): RoomState {
  const { executions, ...rest } = session;
  return { ...rest, runs: executions.edges.map(({ node }) => node), isDeleted: false };
}

/** Returns the state after an event. An event that the state contains already changes nothing. */
export function afterEvent(state: RoomState, event: RoomEvent): RoomState {
  if (event.seq <= state.seq) return state;
  return { ...state, ...changesOf(state, event), seq: event.seq };
}

function changesOf(state: RoomState, event: RoomEvent): Partial<RoomState> {
  switch (event.__typename) {
    case 'SessionUpdated':
      return event.session;
    case 'UserJoined':
      return { users: [...state.users, event.user] };
    case 'RoleChanged':
      return { users: state.users.map((user) => (user.id === event.user.id ? event.user : user)) };
    case 'UserLeft':
      return { users: state.users.filter(({ id }) => id !== event.user.id) };
    case 'ExecutionStarted':
    case 'ExecutionFinished':
      return { runs: withRun(state.runs, event.execution) };
    case 'SessionDeleted':
      return { isDeleted: true };
    default:
      return {};
  }
}

/** Returns the runs with one more, or with the newer state of one. */
export function withRun(runs: readonly RunFragment[], run: RunFragment): readonly RunFragment[] {
  const known = runs.find(({ id }) => id === run.id);
  if (!known) return [run, ...runs];
  // The answer to a start may come after the events of the start and the end.
  if (progressOf(run) < progressOf(known)) return runs;
  return runs.map((other) => (other.id === run.id ? run : other));
}

function progressOf({ startedAt, finishedAt }: RunFragment): number {
  return Number(startedAt !== null) + 2 * Number(finishedAt !== null);
}
