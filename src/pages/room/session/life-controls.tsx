import type { Lock, UpdateSessionInput } from '../generated/graphql.ts';
import { formatTime } from '../shared/format.ts';
import { texts } from '../shared/texts.ts';
import type { RoomState } from './room-state.ts';

interface LifeControlsProps {
  readonly state: RoomState;
  readonly onUpdate: (input: Omit<UpdateSessionInput, 'id'>) => void;
}

const LOCKS: readonly Lock[] = ['EDITING', 'RUNNING'];
const MINUTE_MS = 60_000;

/** Completes and reopens a session, locks what candidates do, and sets when it ends by itself. */
export function LifeControls({ state: { status, locks, expiresAt }, onUpdate }: LifeControlsProps) {
  if (status === 'COMPLETED') {
    return (
      <button type="button" onClick={() => onUpdate({ status: 'ACTIVE' })}>
        {texts.room.reopen}
      </button>
    );
  }
  const toggle = (lock: Lock) =>
    locks.includes(lock) ? locks.filter((held) => held !== lock) : [...locks, lock];
  const endIn = (minutes: number) =>
    onUpdate({ expiresAt: minutes === 0 ? null : new Date(Date.now() + minutes * MINUTE_MS).toISOString() });
  return (
    <>
      {LOCKS.map((lock) => (
        <button key={lock} type="button" onClick={() => onUpdate({ locks: toggle(lock) })}>
          {locks.includes(lock) ? texts.room.unlock[lock] : texts.room.lock[lock]}
        </button>
      ))}
      <label className="menu-field">
        {texts.room.endsBy}
        <select value="" onChange={({ target }) => endIn(Number(target.value))}>
          <option value="" hidden>
            {expiresAt === null ? texts.room.endsIn[0] : texts.room.endsAt(formatTime(expiresAt))}
          </option>
          {Object.entries(texts.room.endsIn).map(([minutes, text]) => (
            <option key={minutes} value={minutes}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <button type="button" onClick={() => onUpdate({ status: 'COMPLETED' })}>
        {texts.room.complete}
      </button>
    </>
  );
}
