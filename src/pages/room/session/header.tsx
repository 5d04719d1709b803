import { Brand } from '../shared/brand.tsx';
import { formatTime } from '../shared/format.ts';
import { texts } from '../shared/texts.ts';
import { InviteButton } from './invite-button.tsx';
import { LanguageSelect } from './language-select.tsx';
import { People } from './people.tsx';
import type { Rights } from './rights.ts';
import type { RoomState } from './room-state.ts';
import { SessionMenu } from './session-menu.tsx';
import type { Presence } from './use-room.ts';

interface HeaderProps {
  readonly state: RoomState;
  readonly presence: readonly Presence[];
  readonly rights: Rights;
}

export function Header({ state, presence, rights }: HeaderProps) {
  const { id, status, locks, expiresAt } = state;
  const isCompleted = status === 'COMPLETED';
  return (
    <header className="room-header">
      <Brand />
      <LanguageSelect language={state.language} isDisabled={!rights.edit} />
      {isCompleted && (
        <>
          <span className="badge">{texts.room.completed}</span>
          <a href={`/s/${id}/playback`}>{texts.room.playback}</a>
        </>
      )}
      {locks.map((lock) => (
        <span key={lock} className="badge">
          {texts.room.locked[lock]}
        </span>
      ))}
      {expiresAt !== null && !isCompleted && (
        <span className="badge">{texts.room.endsAt(formatTime(expiresAt))}</span>
      )}
      <People users={state.users} presence={presence} isHost={rights.host} />
      {rights.host && <InviteButton />}
      <SessionMenu state={state} isHost={rights.host} />
    </header>
  );
}
