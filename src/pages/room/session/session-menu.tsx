import { useRef } from 'react';
import { DeleteDocument, LeaveDocument, type SessionStatus, UpdateDocument } from '../generated/graphql.ts';
import { texts } from '../shared/texts.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { useRoom } from './room-context.ts';

interface SessionMenuProps {
  readonly id: string;
  readonly status: SessionStatus;
}

/** What can be done to the session. */
export function SessionMenu({ id, status }: SessionMenuProps) {
  const { act, me } = useRoom();
  const menu = useRef<HTMLDivElement>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  const isActive = status === 'ACTIVE';
  const changeStatus = () => {
    menu.current?.hidePopover();
    void act(UpdateDocument, { input: { id, status: isActive ? 'COMPLETED' : 'ACTIVE' } });
  };
  return (
    <>
      <button type="button" popoverTarget="session-menu" className="icon" aria-label={texts.room.more}>
        ⋯
      </button>
      <div id="session-menu" popover="auto" className="menu" ref={menu}>
        <a href={`/s/${id}/playback`}>{texts.room.playback}</a>
        <button type="button" onClick={changeStatus}>
          {isActive ? texts.room.complete : texts.room.reopen}
        </button>
        <button
          type="button"
          onClick={() => void act(LeaveDocument, { input: { sessionId: id, userId: me.id } })}
        >
          {texts.room.leave}
        </button>
        <button type="button" className="danger" onClick={() => dialog.current?.showModal()}>
          {texts.room.remove}
        </button>
      </div>
      <DeleteDialog ref={dialog} onDelete={() => void act(DeleteDocument, { input: { id } })} />
    </>
  );
}
