import { useRef } from 'react';
import {
  DeleteDocument,
  LeaveDocument,
  UpdateDocument,
  type UpdateSessionInput,
} from '../generated/graphql.ts';
import { texts } from '../shared/texts.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { LifeControls } from './life-controls.tsx';
import { useRoom } from './room-context.ts';
import type { RoomState } from './room-state.ts';

interface SessionMenuProps {
  readonly state: RoomState;
  readonly isHost: boolean;
}

/** What can be done to the session: its life is in the hands of hosts. */
export function SessionMenu({ state, isHost }: SessionMenuProps) {
  const { act, me, sessionId: id } = useRoom();
  const menu = useRef<HTMLDivElement>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  const update = (input: Omit<UpdateSessionInput, 'id'>) => {
    menu.current?.hidePopover();
    void act(UpdateDocument, { input: { id, ...input } });
  };
  return (
    <>
      <button
        type="button"
        popoverTarget="session-menu"
        className="icon session-menu"
        aria-label={texts.room.more}
      >
        ⋯
      </button>
      <div id="session-menu" popover="auto" className="menu" ref={menu}>
        <a href={`/s/${id}/playback`}>{texts.room.playback}</a>
        {isHost && <LifeControls state={state} onUpdate={update} />}
        <button
          type="button"
          onClick={() => void act(LeaveDocument, { input: { sessionId: id, userId: me.id } })}
        >
          {texts.room.leave}
        </button>
        {isHost && (
          <button type="button" className="danger" onClick={() => dialog.current?.showModal()}>
            {texts.room.remove}
          </button>
        )}
      </div>
      <DeleteDialog ref={dialog} onDelete={() => void act(DeleteDocument, { input: { id } })} />
    </>
  );
}
