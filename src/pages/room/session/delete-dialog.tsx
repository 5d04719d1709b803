import type { Ref } from 'react';
import { texts } from '../shared/texts.ts';

interface DeleteDialogProps {
  readonly ref: Ref<HTMLDialogElement>;
  readonly onDelete: () => void;
}

export function DeleteDialog({ ref, onDelete }: DeleteDialogProps) {
  return (
    <dialog ref={ref} aria-labelledby="delete-question">
      <form method="dialog">
        <p id="delete-question">{texts.room.removeQuestion}</p>
        <div className="buttons">
          <button type="submit">{texts.room.cancel}</button>
          <button type="submit" className="danger" onClick={onDelete}>
            {texts.room.delete}
          </button>
        </div>
      </form>
    </dialog>
  );
}
