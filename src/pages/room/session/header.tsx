import { Brand } from '../shared/brand.tsx';
import { texts } from '../shared/texts.ts';
import { InviteButton } from './invite-button.tsx';
import { LanguageSelect } from './language-select.tsx';
import { People } from './people.tsx';
import type { RoomState } from './room-state.ts';
import { SessionMenu } from './session-menu.tsx';
import type { Presence } from './use-room.ts';

interface HeaderProps {
  readonly state: RoomState;
  readonly presence: readonly Presence[];
}

export function Header({ state, presence }: HeaderProps) {
  const isCompleted = state.status === 'COMPLETED';
  return (
    <header className="room-header">
      <Brand />
      <LanguageSelect language={state.language} isDisabled={isCompleted} />
      {isCompleted && (
        <>
          <span className="badge">{texts.room.completed}</span>
          <a href={`/s/${state.id}/playback`}>{texts.room.playback}</a>
        </>
      )}
      <People users={state.users} presence={presence} />
      <InviteButton />
      <SessionMenu id={state.id} status={state.status} />
    </header>
  );
}
