import type { Language, LogQuery, RunFragment, SessionStatus } from '../generated/graphql.ts';
import { texts } from '../shared/texts.ts';
import { applyChanges } from './text-changes.ts';

type Session = NonNullable<LogQuery['session']>;
export type LogEvent = Session['events']['edges'][number]['node'];

/** The session as it was after one event. */
export interface Moment {
  readonly seq: number;
  /** Unix milliseconds. */
  readonly at: number;
  /** Milliseconds from the start of the playback, without idle time. */
  readonly time: number;
  readonly label: string;
  readonly code: string;
  readonly language: Language;
  readonly status: SessionStatus;
  /** The names of all who joined so far, by their ids. */
  readonly names: ReadonlyMap<string, string>;
  /** The latest run, as it is known then. */
  readonly run: RunFragment | null;
  /** Whether a run started here. */
  readonly isStart: boolean;
}

/** Longer pauses between two events are played as this long. */
const MAX_PAUSE_MS = 2_000;
const FIRST: Moment = {
  seq: 0,
  at: 0,
  time: 0,
  label: '',
  code: '',
  language: 'PYTHON',
  status: 'ACTIVE',
  names: new Map(),
  run: null,
  isStart: false,
};

/** Returns the moments of a log, one for each event. */
export function toMoments(events: readonly LogEvent[]): readonly Moment[] {
  let before = FIRST;
  return events.map((event) => {
    before = nextMoment(before, event);
    return before;
  });
}

function nextMoment(before: Moment, event: LogEvent): Moment {
  const at = Date.parse(event.at);
  const pause = before.seq === 0 ? 0 : Math.min(Math.max(at - before.at, 0), MAX_PAUSE_MS);
  const moment = { ...before, seq: event.seq, at, time: before.time + pause, isStart: false };
  switch (event.__typename) {
    case 'SessionCreated':
      return { ...moment, ...event.session, label: texts.playback.created };
    case 'SessionUpdated':
      return {
        ...moment,
        ...event.session,
        code: codeAfter(before, event),
        label: describeChange(before, event),
      };
    case 'UserJoined':
      return {
        ...moment,
        names: new Map(before.names).set(event.user.id, event.user.name),
        label: texts.room.joined(event.user.name),
      };
    case 'RoleChanged':
      return {
        ...moment,
        label: texts.playback.roleChanged(event.user.name, texts.room.roles[event.user.role]),
      };
    case 'UserLeft':
      return { ...moment, label: texts.room.leftMessage(event.user.name) };
    case 'ExecutionStarted':
      return { ...moment, run: event.execution, isStart: true, label: texts.playback.started };
    case 'ExecutionFinished': {
      const label = texts.playback.finished(texts.runs.verdicts[event.execution.status]);
      return { ...moment, run: event.execution, label };
    }
    case 'SessionDeleted':
      return { ...moment, label: texts.playback.deleted };
  }
}

type Updated = Extract<LogEvent, { __typename: 'SessionUpdated' }>;

function codeAfter(before: Moment, { edits, session }: Updated): string {
  return session.code ?? edits.reduce((text, { changes }) => applyChanges(text, changes), before.code);
}

function describeChange({ names }: Moment, { changed, edits, session }: Updated): string {
  if (changed.includes('STATUS')) return texts.playback.statuses[session.status];
  if (changed.includes('LANGUAGE')) return texts.playback.languageChanged(texts.languages[session.language]);
  if (changed.includes('LOCKS')) return texts.playback.locksChanged;
  if (changed.includes('EXPIRES_AT')) return texts.playback.expiryChanged;
  const authors = new Set(
    edits.map(({ userId }) => names.get(userId ?? '')).filter((name) => name !== undefined),
  );
  return authors.size === 0 ? texts.playback.codeChanged : texts.playback.typed([...authors].join(', '));
}

/** Returns the index of the moment that a time of the playback lies in. */
export function indexAt(moments: readonly Moment[], time: number): number {
  let low = 0;
  let high = moments.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((moments[middle]?.time ?? 0) <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}
